import { describe, expect, it } from "vitest";

import { until, type ConfigOptions } from "./harness/gateway.ts";
import { postJson, send, type Answer } from "./harness/http-client.ts";
import { startWorld, traffic, type World } from "./harness/world.ts";

const CHAT = "/v1/chat/completions";

/** The three fields that tell about routing. */
function routing({ headers }: Answer): readonly unknown[] {
  return ["strategy", "decision", "reason"].map((part) => headers[`x-olla-routing-${part}`]);
}

function ask(url: string, model: string, prefix = "/olla/proxy"): Promise<Answer> {
  return postJson(url, prefix + CHAT, { model, messages: [{ role: "user", content: "hi" }] });
}

/** The lines of `model_registry` for a strategy. */
function strategy(type: string, options = "{}"): string {
  return `model_registry: { routing_strategy: { type: ${type}, options: ${options} } }`;
}

describe.each(["olla", "sherpa"])("routing by model with engine %s", (engine) => {
  /** One backend with the model `up`, and one, dead, with the model `down`. */
  async function startHalfDead(options: ConfigOptions): Promise<World<"alive" | "dead">> {
    const world = await startWorld(
      { alive: { models: ["up"] }, dead: { models: ["down"] } },
      { engine, ...options },
    );
    await world.backends.dead.kill();
    await until(async () => (await world.gateway.endpoint("dead"))["status"] === "offline");
    return world;
  }

  it("sends each model to the endpoint that has it", async () => {
    await using world = await startWorld(
      { a: { models: ["m1", "shared"] }, b: { models: ["m2", "shared"] } },
      { engine, balancer: "round-robin" },
    );
    for (const [model, endpoint] of [
      ["m1", "a"],
      ["m2", "b"],
      ["m2", "b"],
      ["m1", "a"],
    ] as const) {
      const answer = await ask(world.url, model);
      expect(answer.headers["x-olla-endpoint"]).toBe(endpoint);
      expect(routing(answer)).toEqual(["strict", "routed", "model_found"]);
    }
    const shared = [await ask(world.url, "shared"), await ask(world.url, "shared")];
    expect(shared.map(({ headers }) => headers["x-olla-endpoint"])).toEqual(["a", "b"]);
  });

  it("RT-5 HP-27 answers 404 to a model that nobody has, in the client's dialect", async () => {
    await using world = await startWorld({ a: { models: ["m1"] } }, { engine });
    const answer = await ask(world.url, "nobody");
    expect(answer.status).toBe(404);
    expect(routing(answer)).toEqual(["strict", "rejected", "model_not_found"]);
    expect(JSON.parse(answer.text)).toEqual({
      error: {
        message: expect.stringContaining('"nobody"') as string,
        type: "invalid_request_error",
        param: null,
        code: "model_not_found",
      },
    });
    const ollama = await postJson(world.url, "/olla/proxy/api/chat", { model: "nobody" });
    expect(JSON.parse(ollama.text)).toEqual({ error: expect.any(String) as string });
  });

  it("RT-4 HP-28 answers 503 with Retry-After to a model that only a dead endpoint has", async () => {
    await using world = await startHalfDead({});
    const answer = await ask(world.url, "down");
    expect(answer.status).toBe(503);
    expect(routing(answer)).toEqual(["strict", "rejected", "model_unavailable"]);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect((await ask(world.url, "up")).status).toBe(200);
  });

  it("RT-7 HP-37 sends an unknown model anywhere under optimistic with fallback all", async () => {
    await using world = await startHalfDead({
      more: strategy("optimistic", "{ fallback_behavior: all }"),
    });
    const unknown = await ask(world.url, "nobody");
    expect(routing(unknown)).toEqual(["optimistic", "fallback", "model_not_found_fallback"]);
    expect(unknown.headers["x-olla-endpoint"]).toBe("alive");
    const down = await ask(world.url, "down");
    expect(routing(down)).toEqual(["optimistic", "fallback", "all_healthy_fallback"]);
    const up = await ask(world.url, "up");
    expect(routing(up)).toEqual(["optimistic", "routed", "model_found"]);
    expect(up.status).toBe(200);
  });

  it.each([
    ["none", "model_unavailable_no_fallback"],
    ["compatible_only", "model_unavailable_compatible_only"],
  ])("RT-8 HP-37 refuses under optimistic with fallback %s", async (fallback, reason) => {
    await using world = await startHalfDead({
      more: strategy("optimistic", `{ fallback_behavior: ${fallback} }`),
    });
    const unknown = await ask(world.url, "nobody");
    expect(unknown.status).toBe(404);
    expect(routing(unknown)).toEqual(["optimistic", "rejected", "model_not_found"]);
    const down = await ask(world.url, "down");
    expect(down.status).toBe(503);
    expect(routing(down)).toEqual(["optimistic", "rejected", reason]);
  });

  it("RT-9 HP-37 refuses under discovery without a refresh, with 503", async () => {
    await using world = await startWorld(
      { a: { models: ["m1"] } },
      { engine, more: strategy("discovery", "{ discovery_refresh_on_miss: false }") },
    );
    const unknown = await ask(world.url, "nobody");
    expect(unknown.status).toBe(503);
    expect(routing(unknown)).toEqual(["discovery", "rejected", "model_unavailable_no_refresh"]);
    const found = await ask(world.url, "m1");
    expect(routing(found)).toEqual(["discovery", "routed", "model_found_no_refresh"]);
  });

  it("RT-80 PV-45 R4 sends an image to the model that was asked for, whatever its name", async () => {
    await using world = await startWorld(
      { a: { models: ["gemma-3-27b"] }, b: { models: ["some-vision-model"] } },
      { engine },
    );
    const answer = await postJson(world.url, `/olla/proxy${CHAT}`, {
      model: "gemma-3-27b",
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }],
        },
      ],
    });
    expect(answer.status, `got ${answer.text}`).toBe(200);
    expect(answer.headers["x-olla-endpoint"]).toBe("a");
  });

  it("PV-44 takes a Responses call for a chat, whatever its input", async () => {
    await using world = await startWorld(
      {
        a: { kind: "vllm", models: ["chatty"] },
        b: { models: [{ id: "nomic-embed-text", embeddingDimensions: 8 }] },
      },
      { engine },
    );
    const asked = { model: "chatty", input: "hello" };
    const answer = await postJson(world.url, "/olla/openai/v1/responses", asked);
    expect(answer.status, `got ${answer.text}`).toBe(200);
    expect(answer.headers["x-olla-endpoint"]).toBe("a");
    expect(traffic(world.backends.a).map(({ url }) => url)).toEqual(["/v1/responses"]);
  });

  it("HP-32 RT-18 finds a model whatever its case, and passes the client's spelling on", async () => {
    await using world = await startWorld({ a: { models: ["Qwen/Qwen3-8B"] } }, { engine });
    const answer = await ask(world.url, "qwen/QWEN3-8b");
    expect(answer.headers["x-olla-endpoint"]).toBe("a");
    expect(answer.headers["x-olla-model"]).toBe("qwen/QWEN3-8b");
    const sent = traffic(world.backends.a)[0]?.body.toString() ?? "";
    expect(JSON.parse(sent)).toMatchObject({ model: "qwen/QWEN3-8b" });
  });
});

describe.each(["olla", "sherpa"])("provider routes with engine %s", (engine) => {
  it("RT-19 HP-30 answers 404 when no endpoint of the provider is configured", async () => {
    await using world = await startWorld({ a: { kind: "ollama", models: ["m1"] } }, { engine });
    for (const answer of [
      await ask(world.url, "m1", "/olla/vllm"),
      await send(world.url, { path: "/olla/vllm/health" }),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.text).toContain("No vllm endpoints available");
    }
  });

  it("RT-20 HP-29 answers 503 to a model that only another provider has", async () => {
    await using world = await startWorld(
      { a: { kind: "ollama", models: ["m1"] }, b: { kind: "vllm", models: ["m2"] } },
      { engine },
    );
    const answer = await ask(world.url, "m1", "/olla/vllm");
    expect(answer.status).toBe(503);
    expect(routing(answer)).toEqual(["strict", "rejected", "model_unavailable"]);
  });

  it("HP-6 RT-21 reaches every OpenAI-compatible provider by /olla/openai/", async () => {
    await using world = await startWorld(
      {
        a: { kind: "ollama", models: ["m-ollama"] },
        b: { kind: "vllm", models: ["m-vllm"] },
        c: { kind: "lm-studio", models: ["m-studio"] },
        d: { kind: "llamacpp", models: ["m-llama"] },
        e: { kind: "openai-compatible", models: ["m-openai"] },
      },
      { engine },
    );
    for (const prefix of ["/olla/openai", "/olla/openai-compatible"]) {
      for (const model of ["m-ollama", "m-vllm", "m-studio", "m-llama", "m-openai"]) {
        expect((await ask(world.url, model, prefix)).status, `${prefix} ${model}`).toBe(200);
      }
    }
  });

  it("RT-22 sends /api/chat to Ollama, and RT-23 /v1/rerank never there", async () => {
    await using world = await startWorld(
      { a: { kind: "ollama" }, b: { kind: "vllm" } },
      { engine, balancer: "round-robin" },
    );
    for (let turn = 0; turn < 4; turn += 1) {
      const chat = await send(world.url, { method: "POST", path: "/olla/proxy/api/chat" });
      expect(chat.headers["x-olla-endpoint"]).toBe("a");
      const rerank = await send(world.url, { method: "POST", path: "/olla/proxy/v1/rerank" });
      expect(rerank.headers["x-olla-endpoint"]).toBe("b");
    }
  });

  it("RT-24 R25 sends a path that no provider lists anywhere, also with a slash at its end", async () => {
    await using world = await startWorld(
      { a: { kind: "ollama" }, b: { kind: "vllm" } },
      { engine, balancer: "round-robin" },
    );
    for (const path of ["/olla/proxy/echo/x", "/olla/proxy/echo/x/"]) {
      const seen = new Set<unknown>();
      for (let turn = 0; turn < 4; turn += 1) {
        seen.add((await send(world.url, { path })).headers["x-olla-endpoint"]);
      }
      expect(seen).toEqual(new Set(["a", "b"]));
    }
  });

  it("RT-81 R35 picks by model also on a path that no provider lists", async () => {
    await using world = await startWorld(
      { a: { kind: "vllm", models: ["m1"] }, b: { kind: "vllm", models: ["m2"] } },
      { engine, more: "model_aliases: { short: [m2] }" },
    );
    for (const model of ["m2", "short"]) {
      const answer = await postJson(world.url, "/olla/vllm/echo/custom", { model });
      expect(answer.headers["x-olla-endpoint"]).toBe("b");
      const sent = traffic(world.backends.b).at(-1)?.body.toString();
      expect(JSON.parse(sent ?? "")).toEqual({ model: "m2" });
    }
  });

  it("HP-31 answers 503 with Retry-After when no endpoint at all is there", async () => {
    await using world = await startWorld({}, { engine });
    const answer = await send(world.url, { path: "/olla/proxy/echo/x" });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "no_endpoint" } });
  });

  it("HP-67 PV-63 refuses model management below the Ollama prefix with 501", async () => {
    await using world = await startWorld({ a: { kind: "ollama" } }, { engine });
    const before = traffic(world.backends.a).length;
    for (const verb of ["list", "pull", "push", "create", "copy", "delete"]) {
      const path = `/olla/ollama/api/${verb}`;
      const answer = await send(world.url, { method: "POST", path, body: "{}" });
      expect(answer.status, `for ${verb}`).toBe(501);
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
      expect(JSON.parse(answer.text)).toEqual({ error: expect.stringMatching(/\S/) as string });
    }
    expect(traffic(world.backends.a)).toHaveLength(before);
  });
});
