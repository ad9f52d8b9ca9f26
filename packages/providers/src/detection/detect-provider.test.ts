import { describe, expect, it } from "vitest";

import { builtInProfiles } from "../profiles/built-in-profiles.ts";
import { detectProvider } from "./detect-provider.ts";
import { FINGERPRINTS, PROBE_PATHS } from "./fingerprints.ts";
import type { ProbeReply } from "./probe-replies.ts";

/** Path → body: an object is sent as JSON, a text as it is. Other paths answer 404. */
type Server = Readonly<Record<string, unknown>>;

const listOf = (owner: string, more: object = {}): unknown => ({
  object: "list",
  data: [{ id: "pine-7b", object: "model", created: 1, owned_by: owner, ...more }],
});

const OLLAMA_API: Server = {
  "/api/version": { version: "0.14.2" },
  "/api/tags": { models: [{ name: "pine:7b", model: "pine:7b", size: 1 }] },
};

const servers: Readonly<Record<string, Server>> = {
  ollama: { ...OLLAMA_API, "/": "Ollama is running", "/v1/models": listOf("library") },
  "lm-studio": {
    // Unknown paths answer 200 with an error in the body.
    ...Object.fromEntries(
      PROBE_PATHS.map((path) => [path, { error: `Unexpected endpoint or method. (GET ${path})` }]),
    ),
    "/v1/models": listOf("organization_owner"),
    "/api/v0/models": { data: [{ id: "pine-7b", compatibility_type: "gguf", state: "loaded" }] },
    "/api/v1/models": { models: [{ key: "pine-7b", type: "llm", loaded_instances: [] }] },
  },
  llamacpp: {
    "/v1/models": listOf("llamacpp", { meta: { n_params: 7 } }),
    "/props": { default_generation_settings: { n_ctx: 4096 }, total_slots: 1 },
    "/metrics": { error: { code: 501, message: "not enabled" } },
  },
  vllm: {
    "/v1/models": listOf("vllm"),
    "/version": { version: "0.11.1" },
    "/metrics": "# HELP vllm:num_requests_running Running\nvllm:num_requests_running 0\n",
    "/is_sleeping": { is_sleeping: false },
  },
  "vllm-mlx": { "/v1/models": listOf("vllm-mlx"), "/v1/status": { status: "running" } },
  sglang: {
    ...OLLAMA_API,
    "/v1/models": listOf("sglang"),
    "/get_model_info": { model_path: "acme/pine", is_generation: true },
  },
  lmdeploy: { "/v1/models": listOf("lmdeploy"), "/is_sleeping": { is_sleeping: false } },
  lemonade: {
    ...OLLAMA_API,
    "/": "<html>Lemonade</html>",
    "/v1/models": listOf("lemonade", { recipe: "llamacpp", checkpoint: "acme/pine" }),
    "/api/v1/models": listOf("lemonade", { recipe: "llamacpp", checkpoint: "acme/pine" }),
    "/api/v1/system-info": { "OS Version": "Linux", devices: {}, recipes: {} },
  },
  "docker-model-runner": {
    ...OLLAMA_API,
    "/": "Docker Model Runner is running",
    "/v1/models": listOf("docker"),
    "/engines/v1/models": listOf("docker"),
    "/engines/status": { "llama.cpp": "running" },
  },
  litellm: { "/v1/models": listOf("vllm"), "/health/liveliness": '"I\'m alive!"' },
  omlx: {
    "/v1/models": listOf("omlx"),
    "/v1/models/status": { model_count: 1, loaded_count: 0, models: [] },
  },
  tgi: {
    "/v1/models": listOf("acme"),
    "/info": { model_id: "acme/pine", max_total_tokens: 4096, max_input_tokens: 4095 },
  },
  tei: {
    "/info": { model_id: "acme/embed", model_type: { embedding: { pooling: "cls" } } },
  },
  localai: {
    ...OLLAMA_API,
    "/v1/models": listOf("localai"),
    "/version": { version: "v3.0.0" },
    "/.well-known/localai.json": { version: "v3.0.0", endpoints: {} },
  },
  koboldcpp: {
    ...OLLAMA_API,
    "/v1/models": listOf("koboldcpp"),
    "/api/extra/version": { result: "KoboldCpp", version: "1.99" },
    "/.well-known/serviceinfo": { version: "0.2", software: { name: "KoboldCpp" } },
  },
  tabbyapi: {
    "/v1/models": listOf("tabbyAPI"),
    "/props": { default_generation_settings: { n_ctx: 4096 }, total_slots: 1 },
    "/.well-known/serviceinfo": { version: 0.1, software: { name: "TabbyAPI" } },
  },
  "text-generation-webui": {
    "/v1/models": listOf("user"),
    "/v1/internal/health": { status: "ok" },
  },
  "trt-llm": {
    "/v1/models": listOf("tensorrt_llm"),
    "/version": { version: "1.0" },
    "/metrics": [],
  },
  "llama-swap": {
    "/v1/models": listOf("llama-swap"),
    "/running": { running: [] },
    "/api/version": { version: "0.0.0" },
  },
  "openai-compatible": { "/v1/models": listOf("acme") },
};

function getFrom(
  server: Server,
  headers: ProbeReply["headers"] = {},
): (url: string) => Promise<ProbeReply> {
  return (url) => {
    const body = server[new URL(url).pathname];
    const text = typeof body === "string" ? body : JSON.stringify(body ?? { detail: "Not Found" });
    return Promise.resolve({ status: body === undefined ? 404 : 200, headers, text });
  };
}

const refuse = (): Promise<ProbeReply> => Promise.reject(new Error("ECONNREFUSED"));

const baseUrl = "http://127.0.0.1:9999";

describe("detectProvider", () => {
  it.each(Object.entries(servers))("PV-33 PV-34 recognises %s", async (type, server) => {
    const detected = await detectProvider({ baseUrl, get: getFrom(server) });
    expect(detected?.type).toBe(type);
    expect(detected?.evidence).not.toEqual([]);
  });

  it.each(["lemonade", "localai", "koboldcpp", "docker-model-runner", "sglang"])(
    "PV-35 does not take %s for the Ollama that it imitates, not even with Ollama's greeting",
    async (type) => {
      const server = { ...servers[type], "/": "Ollama is running" };
      expect((await detectProvider({ baseUrl, get: getFrom(server) }))?.type).toBe(type);
    },
  );

  it("says what it saw", async () => {
    const detected = await detectProvider({ baseUrl, get: getFrom(servers["ollama"] ?? {}) });
    expect(detected?.evidence).toEqual([
      "/api/version has version and /api/tags has models",
      "/ says Ollama",
    ]);
  });

  it.each([
    [{ "X-LiteLLM-Version": "1.80" }, "litellm"],
    [{ server: ["llama.cpp"] }, "llamacpp"],
    [{ server: "uvicorn" }, "openai-compatible"],
  ])("PV-34 heeds the response headers %j", async (headers, type) => {
    const get = getFrom({ "/v1/models": { object: "list", data: [] } }, headers);
    expect((await detectProvider({ baseUrl, get }))?.type).toBe(type);
  });

  it("asks below the base path of the URL, each path once", async () => {
    const asked: string[] = [];
    const found = await detectProvider({
      baseUrl: "http://127.0.0.1:9999/team/a/",
      get: (url) => {
        asked.push(url);
        return Promise.resolve({ status: 404, headers: {}, text: "" });
      },
    });
    expect(found).toBeUndefined();
    expect(asked.toSorted()).toEqual(
      PROBE_PATHS.map((path) => `http://127.0.0.1:9999/team/a${path}`).toSorted(),
    );
  });

  it("finds nothing where nothing answers, or where every path is a web page", async () => {
    const everywhere = Object.fromEntries(PROBE_PATHS.map((path) => [path, "<html></html>"]));
    expect(await detectProvider({ baseUrl, get: refuse })).toBeUndefined();
    expect(await detectProvider({ baseUrl, get: getFrom(everywhere) })).toBeUndefined();
  });

  it("gives up on a path that does not answer and judges by the others", async () => {
    const answer = getFrom(servers["vllm"] ?? {});
    const get = (url: string, signal: AbortSignal): Promise<ProbeReply> =>
      url.endsWith("/metrics")
        ? new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("timed out")));
          })
        : answer(url);
    const detected = await detectProvider({ baseUrl, get, probeTimeoutMs: 5 });
    expect(detected).toEqual({
      type: "vllm",
      evidence: ["/v1/models is owned by vllm"],
      isTentative: false,
    });
  });

  it("asks LiteLLM for nothing that it does not know", async () => {
    const asked: string[] = [];
    const answer = getFrom(servers["litellm"] ?? {});
    const get = (url: string): Promise<ProbeReply> => {
      asked.push(new URL(url).pathname);
      return answer(url);
    };
    expect((await detectProvider({ baseUrl, get }))?.type).toBe("litellm");
    expect(asked).toEqual(["/health/liveliness"]);
  });

  it("asks for nothing else before the first path is answered", async () => {
    const asked: string[] = [];
    const first = Promise.withResolvers<ProbeReply>();
    const detecting = detectProvider({
      baseUrl,
      get: (url) => {
        asked.push(new URL(url).pathname);
        return asked.length === 1 ? first.promise : refuse();
      },
    });
    expect(asked).toEqual(["/health/liveliness"]);
    first.resolve({ status: 404, headers: {}, text: "" });
    await detecting;
    expect(asked.toSorted()).toEqual(PROBE_PATHS.toSorted());
  });

  it.each([
    ["openai-compatible", "/health/liveliness", true],
    ["ollama", "/.well-known/localai.json", true],
    ["openai-compatible", "none", false],
    ["vllm", "/metrics", false],
  ])("calls %s tentative when %s gave no answer: %s", async (type, silent, isTentative) => {
    const answer = getFrom(servers[type] ?? {});
    const get = (url: string): Promise<ProbeReply> =>
      new URL(url).pathname === silent ? refuse() : answer(url);
    expect(await detectProvider({ baseUrl, get })).toMatchObject({ type, isTentative });
  });

  it.each(["ollama", "vllm", "litellm", "llamacpp"])(
    "recognises %s by an address that ends in /v1",
    async (type) => {
      const get = getFrom(servers[type] ?? {});
      for (const path of ["/v1", "/v1/"]) {
        expect((await detectProvider({ baseUrl: baseUrl + path, get }))?.type).toBe(type);
      }
    },
  );

  it("keeps at most the allowed number of requests under way", async () => {
    let underWay = 0;
    let most = 0;
    const get = async (): Promise<ProbeReply> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return { status: 404, headers: {}, text: "" };
    };
    await detectProvider({ baseUrl, get, concurrency: 3 });
    expect(most).toBe(3);
  });

  it("stops asking and throws the reason when it is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("the endpoint left");
    let asked = 0;
    const get = (_: string, signal: AbortSignal): Promise<ProbeReply> => {
      asked += 1;
      controller.abort(reason);
      return Promise.reject(signal.reason);
    };
    const detecting = detectProvider({ baseUrl, get, concurrency: 1, signal: controller.signal });
    await expect(detecting).rejects.toBe(reason);
    expect(asked).toBe(1);
  });

  it("names only types that have a profile", () => {
    const types = FINGERPRINTS.map(({ type }) => type);
    expect(types.filter((type) => !builtInProfiles().has(type))).toEqual([]);
    expect(Object.keys(servers).toSorted()).toEqual(types.toSorted());
  });
});
