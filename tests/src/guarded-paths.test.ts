import { describe, expect, it } from "vitest";

import { postJson, send } from "./harness/http-client.ts";
import { startWorld, traffic } from "./harness/world.ts";

const CODE = { error: { code: "path_refused" } };

describe.each(["olla", "sherpa"])("paths that manage a backend with engine %s", (engine) => {
  it.each([
    { kind: "llamacpp", method: "GET", path: "/olla/llamacpp/slots" },
    { kind: "llamacpp", method: "GET", path: "/olla/proxy/slots/0" },
    { kind: "llamacpp", method: "POST", path: "/olla/openai/models/unload" },
    { kind: "ollama", method: "POST", path: "/olla/openai/api/pull" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api%2Fdelete" },
    { kind: "ollama", method: "POST", path: "/olla/proxy/API/Create/" },
    { kind: "lm-studio", method: "POST", path: "/olla/lmstudio/api/v1/models/load" },
    { kind: "lemonade", method: "POST", path: "/olla/lemonade/api/v1/unload" },
    { kind: "litellm", method: "POST", path: "/olla/litellm/key/generate" },
    { kind: "vllm", method: "POST", path: "/olla/vllm/v1/load_lora_adapter" },
    { kind: "vllm", method: "GET", path: "/olla/vllm/admin/reload" },
    { kind: "vllm", method: "GET", path: "/olla/vllm/admin%20" },
    { kind: "vllm", method: "GET", path: "/olla/vllm/admin%00/reload" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/%2e/api/delete" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api/%2e/delete" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api/delete/%2e" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api/delete;a=b" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api;a/delete" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api/delete%3fx/y" },
    { kind: "ollama", method: "DELETE", path: "/olla/proxy/api/delete%23x" },
  ] as const)("PV-62 refuses $method $path", async ({ kind, method, path }) => {
    await using world = await startWorld({ only: { kind, models: ["m1"] } }, { engine });
    const { status, text } = await send(world.url, { method, path });
    expect(status).toBe(403);
    expect(text).toContain("proxy.allowed_admin_paths");
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("refuses a target with a fragment, which a server may drop", async () => {
    await using world = await startWorld({ only: { kind: "vllm", models: ["m1"] } }, { engine });
    for (const path of ["/olla/vllm/sleep#x", "/olla/vllm/v1/models#", "/internal/status#x"]) {
      const { status, text } = await send(world.url, { method: "POST", path });
      expect(status, `for ${path}`).toBe(400);
      expect(text).toContain("must not hold a #");
    }
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("PV-62 forwards one that is allowed, whether or not a model of that name is there yet", async () => {
    await using world = await startWorld(
      { only: { kind: "ollama", models: ["m1"] } },
      { engine, proxy: "  allowed_admin_paths: [/api/p*]" },
    );
    for (const [prefix, model] of [
      ["ollama", "new"],
      ["proxy", "m1"],
    ]) {
      await postJson(world.url, `/olla/${prefix}/api/pull`, { model });
      expect(traffic(world.backends.only).at(-1)).toMatchObject({ url: "/api/pull" });
    }
    const others = await postJson(world.url, "/olla/ollama/api/delete", { model: "m1" });
    expect(others.status).toBe(501);
  });

  it("PV-62 leaves what clients ask models for alone", async () => {
    await using world = await startWorld({ only: { kind: "vllm", models: ["m1"] } }, { engine });
    const path = "/olla/vllm/v1/chat/completions";
    expect((await postJson(world.url, path, { model: "m1", messages: [] })).status).toBe(200);
  });
});

describe("strict_paths", () => {
  it("refuses what no backend of the route lists", async () => {
    await using world = await startWorld(
      { only: { kind: "vllm", models: ["m1"] } },
      { proxy: "  strict_paths: true" },
    );
    const body = { model: "m1", max_tokens: 9, messages: [{ role: "user", content: "hi" }] };
    for (const path of ["/olla/vllm/v1/chat/completions", "/olla/proxy/v1/messages"]) {
      expect((await postJson(world.url, path, body)).status, `for ${path}`).toBe(200);
    }
    const before = traffic(world.backends.only).length;
    for (const path of ["/olla/vllm/echo/x", "/olla/proxy/echo/x", "/olla/vllm/api/v1/chat"]) {
      const { status, text } = await send(world.url, { path });
      expect(status, `for ${path}`).toBe(403);
      expect(JSON.parse(text)).toMatchObject(CODE);
    }
    expect(traffic(world.backends.only)).toHaveLength(before);
  });
});
