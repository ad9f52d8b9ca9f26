import { describe, expect, it } from "vitest";

import type { BackendKind } from "./backend-context.ts";
import { startBackend } from "./backend.ts";
import { backendKinds } from "./kinds.ts";

/** What each kind answers, as its own documentation and the provider profiles have it. */
const expectations: Record<
  BackendKind,
  {
    readonly health: string;
    readonly discovery: string;
    /** Part of the entry of model `acme/pine-7b`. */
    readonly entry: object;
    readonly chat: string;
    readonly unknownModel: number;
    readonly unknownPath: string;
  }
> = {
  "openai-compatible": {
    health: "/v1/models",
    discovery: "/v1/models",
    entry: { id: "acme/pine-7b", object: "model", owned_by: "openai" },
    chat: "/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '"type":"invalid_request_error"',
  },
  ollama: {
    health: "/",
    discovery: "/api/tags",
    entry: { name: "acme/pine-7b", details: { family: "acme" }, size: 4_200_000_000 },
    chat: "/api/chat",
    unknownModel: 404,
    unknownPath: "404 page not found",
  },
  "lm-studio": {
    health: "/v1/models",
    discovery: "/api/v0/models",
    entry: { id: "acme/pine-7b", type: "llm", compatibility_type: "gguf", state: "loaded" },
    chat: "/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '{"error":"Unexpected endpoint or method. (GET /nowhere)"}',
  },
  vllm: {
    health: "/health",
    discovery: "/v1/models",
    entry: { owned_by: "vllm", root: "acme/pine-7b", parent: null, max_model_len: 32_768 },
    chat: "/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '{"detail":"Not Found"}',
  },
  "vllm-mlx": {
    health: "/health",
    discovery: "/v1/models",
    entry: { owned_by: "vllm-mlx", max_model_len: 32_768 },
    chat: "/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '{"detail":"Not Found"}',
  },
  sglang: {
    health: "/health",
    discovery: "/v1/models",
    entry: { owned_by: "sglang", max_model_len: 32_768 },
    chat: "/v1/chat/completions",
    unknownModel: 200,
    unknownPath: '{"detail":"Not Found"}',
  },
  llamacpp: {
    health: "/health",
    discovery: "/v1/models",
    entry: { owned_by: "llamacpp", meta: { n_ctx_train: 32_768, n_params: 7_000_000_000 } },
    chat: "/v1/chat/completions",
    unknownModel: 200,
    unknownPath: '{"error":{"message":"File Not Found","type":"not_found_error","code":404}}',
  },
  lemonade: {
    health: "/api/v1/health",
    discovery: "/api/v1/models",
    entry: { owned_by: "lemonade", recipe: "llamacpp", downloaded: true, size: 4.2 },
    chat: "/api/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '{"detail":"Not Found"}',
  },
  litellm: {
    health: "/health/liveliness",
    discovery: "/v1/models",
    entry: { owned_by: "openai" },
    chat: "/chat/completions",
    unknownModel: 400,
    unknownPath: '{"detail":"Not Found"}',
  },
  lmdeploy: {
    health: "/health",
    discovery: "/v1/models",
    entry: { owned_by: "lmdeploy" },
    chat: "/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '{"detail":"Not Found"}',
  },
  "docker-model-runner": {
    health: "/engines/v1/models",
    discovery: "/engines/llama.cpp/v1/models",
    entry: { owned_by: "docker" },
    chat: "/engines/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '"type":"invalid_request_error"',
  },
  omlx: {
    health: "/health",
    discovery: "/v1/models",
    entry: { owned_by: "omlx", max_model_len: 32_768 },
    chat: "/v1/chat/completions",
    unknownModel: 404,
    unknownPath: '{"detail":"Not Found"}',
  },
  anthropic: {
    health: "/v1/models",
    discovery: "/v1/models",
    entry: { type: "model", id: "acme/pine-7b" },
    chat: "/v1/messages",
    unknownModel: 404,
    unknownPath: '"type":"not_found_error"',
  },
};

describe.each(backendKinds)("%s", (kind) => {
  const expected = expectations[kind];
  const start = () => startBackend({ kind, name: "a", models: ["acme/pine-7b"] });
  const ask = (url: string, model: string) =>
    fetch(`${url}${expected.chat}`, {
      method: "POST",
      body: JSON.stringify({
        model,
        max_tokens: 50,
        stream: false,
        messages: [{ role: "user", content: "hi" }],
      }),
    });

  it("is healthy and lists its models in its own shape", async () => {
    await using backend = await start();
    expect((await fetch(`${backend.url}${expected.health}`)).status).toBe(200);
    const list = await (await fetch(`${backend.url}${expected.discovery}`)).json();
    const field = kind === "ollama" ? "models" : "data";
    expect(list).toMatchObject({ [field]: [expected.entry] });
  });

  it("answers a chat", async () => {
    await using backend = await start();
    const response = await ask(backend.url, "acme/pine-7b");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("This is a simulated answer");
  });

  it("meets an unknown model the way its kind does", async () => {
    await using backend = await start();
    expect((await ask(backend.url, "fir")).status).toBe(expected.unknownModel);
  });

  it("answers 404 in its own shape for an unknown path", async () => {
    await using backend = await start();
    const response = await fetch(`${backend.url}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(expected.unknownPath);
  });
});

describe("pages of single kinds", () => {
  it.each<{ kind: BackendKind; path: string; body: string }>([
    { kind: "ollama", path: "/", body: "Ollama is running" },
    { kind: "ollama", path: "/api/version", body: '{"version":"0.14.2"}' },
    { kind: "vllm", path: "/health", body: "" },
    { kind: "vllm", path: "/version", body: '{"version":"0.32.0"}' },
    { kind: "sglang", path: "/get_model_info", body: '{"model_path":"p","is_generation":true}' },
    { kind: "llamacpp", path: "/health", body: '{"status":"ok"}' },
    { kind: "llamacpp", path: "/v1/health", body: '{"status":"ok"}' },
    {
      kind: "litellm",
      path: "/health/readiness",
      body: '{"status":"healthy","db":"Not connected"}',
    },
    { kind: "litellm", path: "/health/liveness", body: '"I\'m alive!"' },
    { kind: "litellm", path: "/", body: '"LiteLLM: RUNNING"' },
    { kind: "lmdeploy", path: "/is_sleeping", body: '{"is_sleeping":false}' },
    {
      kind: "lemonade",
      path: "/api/v1/system-info",
      body: '{"OS Version":"simulated","devices":{}}',
    },
    {
      kind: "docker-model-runner",
      path: "/engines/status",
      body: '{"llama.cpp":"running","vllm":"not installed"}',
    },
  ])("$kind answers $path", async ({ kind, path, body }) => {
    await using backend = await startBackend({ kind, name: "a", models: ["p"] });
    expect(await (await fetch(`${backend.url}${path}`)).text()).toBe(body);
  });

  it("lm-studio shows one model", async () => {
    await using backend = await startBackend({
      kind: "lm-studio",
      name: "a",
      models: [{ id: "acme/embedder", embeddingDimensions: 4 }],
    });
    const response = await fetch(`${backend.url}/api/v0/models/acme/embedder`);
    expect(await response.json()).toMatchObject({ id: "acme/embedder", type: "embeddings" });
  });

  it("litellm reports every model as healthy", async () => {
    await using backend = await startBackend({ kind: "litellm", name: "a", models: ["p", "q"] });
    expect(await (await fetch(`${backend.url}/health`)).json()).toMatchObject({ healthy_count: 2 });
  });

  it("omlx reports model states", async () => {
    await using backend = await startBackend({ kind: "omlx", name: "a", models: ["p", "q"] });
    const response = await fetch(`${backend.url}/v1/models/status`);
    expect(await response.json()).toMatchObject({ model_count: 2, models: [{ id: "p" }, {}] });
  });

  it("vllm shows what it did in its metrics", async () => {
    await using backend = await startBackend({
      kind: "vllm",
      name: "a",
      models: [{ id: "pine", reply: "one two" }],
    });
    const body = JSON.stringify({ model: "pine", prompt: "a b c" });
    await (await fetch(`${backend.url}/v1/completions`, { method: "POST", body })).text();
    const metrics = await (await fetch(`${backend.url}/metrics`)).text();
    expect(metrics).toContain('vllm:prompt_tokens_total{model_name="pine"} 3\n');
    expect(metrics).toContain('vllm:generation_tokens_total{model_name="pine"} 2\n');
    expect(metrics).toContain('vllm:num_requests_running{model_name="pine"} 0\n');
  });

  it("vllm reports an unknown model on the messages path in its own shape", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a" });
    const body = JSON.stringify({ model: "fir", max_tokens: 1, messages: [] });
    const response = await fetch(`${backend.url}/v1/messages`, { method: "POST", body });
    expect(await response.json()).toMatchObject({ error: { type: "NotFoundError" } });
  });

  it("llamacpp describes its model and its slots", async () => {
    await using backend = await startBackend({ kind: "llamacpp", name: "a", models: ["pine"] });
    const properties = await fetch(`${backend.url}/props`);
    expect(properties.headers.get("server")).toBe("llama.cpp");
    expect(await properties.json()).toMatchObject({ model_alias: "pine", total_slots: 4 });
    const slots = await (await fetch(`${backend.url}/slots`)).json();
    expect(slots).toMatchObject([0, 1, 2, 3].map((id) => ({ id, is_processing: false })));
  });

  it("llamacpp answers 503 when asked to fail without a free slot", async () => {
    await using backend = await startBackend({ kind: "llamacpp", name: "a" });
    await backend.setFault({ type: "hang" });
    const body = JSON.stringify({ model: "x", prompt: "x" });
    const clients = Array.from({ length: 4 }, () =>
      fetch(`${backend.url}/v1/completions`, { method: "POST", body }),
    );
    await backend.received(4);
    expect((await fetch(`${backend.url}/slots?fail_on_no_slot=1`)).status).toBe(503);
    expect((await fetch(`${backend.url}/slots`)).status).toBe(200);
    await backend.kill();
    expect((await Promise.allSettled(clients)).map(({ status }) => status)).toEqual(
      clients.map(() => "rejected"),
    );
  });
});
