import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { send, type Answer } from "./harness/http-client.ts";
import { startWorld, traffic, type World } from "./harness/world.ts";

type Fields = Readonly<Record<string, unknown>>;

async function list(url: string, path: string): Promise<readonly Fields[]> {
  const { status, text } = await send(url, { path });
  expect(status, `got ${text}`).toBe(200);
  const { data, models } = JSON.parse(text) as Record<"data" | "models", Fields[] | undefined>;
  return data ?? models ?? [];
}

async function ids(url: string, path: string): Promise<readonly string[]> {
  return (await list(url, path)).map(({ id, name }) => String(id ?? name));
}

function sorted(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

function keys(item: Fields | undefined): readonly string[] {
  return sorted(Object.keys(item ?? {}));
}

function start(): Promise<World<"o" | "v" | "s">> {
  return startWorld({
    o: { kind: "ollama", models: ["llama3.2:3b", "shared:7b"] },
    v: { kind: "vllm", models: ["Qwen/Qwen3-8B", "shared:7b"] },
    s: { kind: "lm-studio", models: [{ id: "gemma-3", contextLength: 8192 }] },
  });
}

function startDescribed(): Promise<World<"o" | "v">> {
  return startWorld({
    o: {
      kind: "ollama",
      models: ["phi4:14b", { id: "nomic-embed-text", embeddingDimensions: 8 }],
    },
    v: { kind: "vllm", models: ["org/llava-vision-7b"] },
  });
}

function query(url: string, text: string): Promise<Answer> {
  return send(url, { path: `/olla/models?${text}` });
}

describe("model lists below the prefixes", () => {
  it("HP-55 are OpenAI lists with the four fields, on the unscoped route of all models", async () => {
    await using world = await start();
    const { headers, text } = await send(world.url, { path: "/olla/proxy/v1/models" });
    expect(headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(text)).toMatchObject({ object: "list" });
    const models = await list(world.url, "/olla/proxy/v1/models");
    expect(models.map(({ id }) => id)).toEqual(
      sorted(["Qwen/Qwen3-8B", "gemma-3", "llama3.2:3b", "shared:7b"]),
    );
    for (const model of models) {
      expect(keys(model)).toEqual(["created", "id", "object", "owned_by"]);
      expect(model).toMatchObject({ object: "model", owned_by: "olla" });
    }
    expect(traffic(world.backends.v), "no backend is asked").toEqual([]);
  });

  it.each([
    ["ollama", ["llama3.2:3b", "shared:7b"]],
    ["vllm", ["Qwen/Qwen3-8B", "shared:7b"]],
    ["lmstudio", ["gemma-3"]],
    ["lm-studio", ["gemma-3"]],
    ["sglang", []],
  ])("HP-55 of /olla/%s/ hold the models of its own endpoints", async (prefix, expected) => {
    await using world = await start();
    const found = await ids(world.url, `/olla/${prefix}/v1/models`);
    expect(found).toEqual(sorted(expected));
  });

  it("PV-38 of /olla/openai/ hold the models of every OpenAI-compatible endpoint", async () => {
    await using world = await startWorld({
      o: { kind: "ollama", models: ["of-ollama"] },
      v: { kind: "vllm", models: ["of-vllm"] },
      s: { kind: "lm-studio", models: ["of-lm-studio"] },
      l: { kind: "lemonade", models: ["of-lemonade"] },
      d: { kind: "docker-model-runner", models: ["of-docker"] },
      c: { kind: "llamacpp", models: ["of-llamacpp"] },
      g: { kind: "openai-compatible", models: ["of-general"] },
    });
    const kinds = ["ollama", "vllm", "lm-studio", "lemonade", "docker", "llamacpp", "general"];
    const expected = sorted(kinds.map((kind) => `of-${kind}`));
    for (const prefix of ["openai", "openai-compatible"]) {
      expect(await ids(world.url, `/olla/${prefix}/v1/models`)).toEqual(expected);
    }
  });

  it("HP-56 answer Ollama's own shape on api/tags", async () => {
    await using world = await start();
    const tags = await list(world.url, "/olla/ollama/api/tags");
    const llama = tags.find(({ name }) => name === "llama3.2:3b");
    expect(llama).toMatchObject({
      name: llama?.["model"],
      size: expect.any(Number) as number,
      digest: expect.any(String) as string,
      details: { quantization_level: "Q4_K_M" },
    });
  });

  it("HP-56 answer LM Studio's own shape on api/v0/models", async () => {
    await using world = await start();
    const [model] = await list(world.url, "/olla/lmstudio/api/v0/models");
    expect(model).toMatchObject({
      id: "gemma-3",
      object: "model",
      state: expect.any(String) as string,
      max_context_length: 8192,
    });
  });

  it("HP-73 D1 answer the native lists of Lemonade and Docker Model Runner", async () => {
    await using world = await startWorld({
      l: { kind: "lemonade", models: ["Qwen3-4B-GGUF"] },
      d: { kind: "docker-model-runner", models: ["ai/smollm2"] },
    });
    const [lemonade] = await list(world.url, "/olla/lemonade/api/v1/models");
    expect(lemonade).toMatchObject({ id: "Qwen3-4B-GGUF", object: "model" });
    expect(lemonade).toHaveProperty("checkpoint");
    expect(lemonade).toHaveProperty("recipe");
    const [runner] = await list(world.url, "/olla/dmr/engines/v1/models");
    expect(keys(runner)).toEqual(["created", "id", "object", "owned_by"]);
    expect(runner).toMatchObject({ id: "ai/smollm2" });
  });

  it("D21 are sorted and the same on every call", async () => {
    await using world = await start();
    const read = async (path: string): Promise<string> => (await send(world.url, { path })).text;
    for (const path of ["/olla/proxy/v1/models", "/olla/models", "/olla/ollama/api/tags"]) {
      expect(await read(path)).toBe(await read(path));
    }
    const found = await ids(world.url, "/olla/proxy/v1/models");
    expect(found).toEqual(sorted(found));
  });

  it("D21 list a model of two providers below both prefixes", async () => {
    await using world = await start();
    for (const prefix of ["ollama", "vllm"]) {
      expect(await ids(world.url, `/olla/${prefix}/v1/models`)).toContain("shared:7b");
    }
    expect(await ids(world.url, "/olla/models?format=ollama")).toContain("shared:7b");
    expect(await ids(world.url, "/olla/models?format=vllm")).toContain("shared:7b");
  });

  it("HP-82 D18 refuse any method but GET and HEAD with 405 and Allow", async () => {
    await using world = await start();
    for (const path of ["/olla/proxy/v1/models", "/olla/ollama/api/tags", "/olla/models"]) {
      const refused = await send(world.url, { method: "POST", path, body: "{}" });
      expect(refused.status, `for ${path}`).toBe(405);
      expect(refused.headers.allow).toBe("GET, HEAD");
      const head = await send(world.url, { method: "HEAD", path });
      expect(head).toMatchObject({ status: 200, text: "" });
    }
  });
});

describe("the unified model list", () => {
  it("tells what each model is and where it runs", async () => {
    await using world = await startDescribed();
    const model = (await list(world.url, "/olla/models")).find(({ id }) => id === "phi4:14b");
    expect(model).toMatchObject({
      object: "model",
      owned_by: "olla",
      olla: {
        family: "phi",
        parameter_size: "14b",
        quantization: "q4km",
        aliases: ["phi4:14b"],
        availability: [{ endpoint: "o" }],
      },
    });
  });

  it.each(["format=bogus", "available=maybe", "available="])(
    "HP-57 PV-54 refuses %s with 400 and says what is allowed",
    async (text) => {
      await using world = await startDescribed();
      const answer = await query(world.url, text);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({
        error: { code: "invalid_request", message: expect.stringContaining("allowed") as string },
      });
    },
  );

  it.each([
    "unified",
    "openai",
    "ollama",
    "vllm",
    "vllm-mlx",
    "sglang",
    "llamacpp",
    "lemonade",
    "lmdeploy",
    "docker-model-runner",
  ])("answers in the format %s", async (format) => {
    await using world = await startDescribed();
    expect(await list(world.url, `/olla/models?format=${format}`)).not.toEqual([]);
  });

  it("holds in the format lmstudio what LM Studio endpoints list, since their shape fits no other", async () => {
    await using world = await startDescribed();
    expect(await list(world.url, "/olla/models?format=lmstudio")).toEqual([]);
  });

  it("HP-58 restricts by endpoint, by name or address", async () => {
    await using world = await startDescribed();
    expect(await ids(world.url, "/olla/models?endpoint=v")).toEqual(["org/llava-vision-7b"]);
    const address = encodeURIComponent(world.backends.v.url);
    expect(await ids(world.url, `/olla/models?endpoint=${address}`)).toEqual([
      "org/llava-vision-7b",
    ]);
    expect(await ids(world.url, "/olla/models?endpoint=unknown")).toEqual([]);
  });

  it("HP-84 D21 restricts by what a model is for", async () => {
    await using world = await startDescribed();
    expect(await ids(world.url, "/olla/models?type=llm")).toContain("phi4:14b");
    expect(await ids(world.url, "/olla/models?capability=chat")).toContain("phi4:14b");
    expect(await ids(world.url, "/olla/models?type=embeddings")).toEqual(["nomic-embed-text"]);
    expect(await ids(world.url, "/olla/models?capability=vision")).toEqual(["org/llava-vision-7b"]);
    expect(await ids(world.url, "/olla/models?family=phi")).toEqual(["phi4:14b"]);
  });

  it("HP-59 D21 tells one model by its name, also one with a slash", async () => {
    await using world = await startDescribed();
    for (const [id, endpoint] of [
      ["phi4:14b", "o"],
      ["org/llava-vision-7b", "v"],
    ] as const) {
      for (const path of [id, encodeURIComponent(id)]) {
        const { status, text } = await send(world.url, { path: `/olla/models/${path}` });
        expect(status, `for ${path}`).toBe(200);
        expect(JSON.parse(text)).toMatchObject({
          id,
          endpoints: [endpoint],
          capabilities: expect.any(Array) as unknown[],
          estimated_resources: { min_memory_gb: expect.any(Number) as number },
        });
      }
    }
    expect((await send(world.url, { path: "/olla/models/unknown" })).status).toBe(404);
    expect((await send(world.url, { path: "/olla/models/" })).status).toBe(400);
  });

  it("PV-53 tells one model below a prefix, its name with or without encoded slashes", async () => {
    await using world = await startWorld({
      v: { kind: "vllm", models: ["acme/pine"] },
      x: { kind: "omlx", models: ["other"] },
    });
    const before = traffic(world.backends.v).length;
    for (const path of [
      "/olla/models/acme%2Fpine",
      "/olla/openai/v1/models/acme/pine",
      "/olla/proxy/v1/models/acme%2Fpine",
      "/olla/vllm/v1/models/Acme/Pine",
    ]) {
      const { status, text } = await send(world.url, { path });
      expect(status, `for ${path}`).toBe(200);
      expect(JSON.parse(text)).toMatchObject({ id: "acme/pine" });
    }
    const [listed] = await list(world.url, "/olla/vllm/v1/models");
    const { text } = await send(world.url, { path: "/olla/vllm/v1/models/acme/pine" });
    expect(JSON.parse(text)).toEqual(listed);
    for (const path of ["/olla/vllm/v1/models/other", "/olla/openai/v1/models/%"]) {
      const missing = await send(world.url, { path });
      expect(missing.status, `for ${path}`).toBe(404);
      expect(JSON.parse(missing.text)).toMatchObject({ error: { code: "model_not_found" } });
    }
    expect(traffic(world.backends.v)).toHaveLength(before);
    const own = await send(world.url, { path: "/olla/omlx/v1/models/status" });
    expect(traffic(world.backends.x).at(-1), `got ${own.status}`).toMatchObject({
      url: "/v1/models/status",
    });
  });

  it("HP-60 leaves out what no endpoint serves now, unless asked to list it", async () => {
    await using world = await startDescribed();
    for (const backend of Object.values(world.backends)) await backend.kill();
    for (const name of ["o", "v"]) {
      await until(async () => (await world.gateway.endpoint(name))["status"] === "offline");
    }
    for (const path of ["/olla/models", "/olla/proxy/v1/models", "/olla/ollama/api/tags"]) {
      expect(await ids(world.url, path), `for ${path}`).toEqual([]);
    }
    expect(await ids(world.url, "/olla/models?include_unavailable=true")).toHaveLength(3);
  });
});
