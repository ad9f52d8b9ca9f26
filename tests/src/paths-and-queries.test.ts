import { startBackend } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { configFor, startGateway } from "./harness/gateway.ts";
import { open, postJson, send } from "./harness/http-client.ts";
import { sendRaw } from "./harness/raw-connection.ts";
import { startWorld, traffic } from "./harness/world.ts";

/** The request target as it reached the backend's echo path. */
async function echoedTarget(url: string, path: string): Promise<string> {
  const { status, text } = await send(url, { path });
  expect(status, `got ${text}`).toBe(200);
  return (JSON.parse(text) as { url: string }).url;
}

describe.each(["olla", "sherpa"])("paths and queries with engine %s", (engine) => {
  it.each([
    ["/echo/a%20b", "%20"],
    ["/echo/caf%C3%A9", "%C3%A9"],
    ["/echo/100%25", "%25"],
    ["/echo/org%2Fmodel", "%2F"],
    ["/echo/org%2fmodel", "a lower-case escape"],
    ["/echo/a+b;c=d,e@f:g", "reserved characters"],
    ["/echo/a%2E", "an encoded dot that is no dot segment"],
    ["/echo/", "a trailing slash"],
    ["/echo/x?a=1;b=2&c", "the query a=1;b=2&c"],
    ["/echo/x?q=%20+%2B&&=&", "empty query parameters"],
    ["/echo/x?", "an empty query"],
    ["/echo/x?q=/../%2e%2e/", "dots in a query"],
    ["/echo/x?next=http://127.0.0.1/?a=b?c", "a URL in a query"],
  ])("HP-8 HP-9 RT-82 D16 passes %s on byte for byte (%s)", async (path) => {
    await using world = await startWorld({ only: {} }, { engine });
    expect(await echoedTarget(world.url, `/olla/proxy${path}`)).toBe(path);
  });

  it.each(["lmstudio", "lm-studio", "lm_studio"])(
    "HP-5 RT-25 cuts the prefix /olla/%s/ as the client spelt it",
    async (prefix) => {
      await using world = await startWorld(
        { ollama: { kind: "ollama" }, studio: { kind: "lm-studio" } },
        { engine },
      );
      const { headers, text } = await send(world.url, { path: `/olla/${prefix}/echo/x?y=1` });
      expect(headers["x-olla-endpoint"]).toBe("studio");
      expect(JSON.parse(text)).toMatchObject({ url: "/echo/x?y=1" });
    },
  );

  it("HP-7 keeps the path below the prefix of Docker Model Runner", async () => {
    await using world = await startWorld(
      { runner: { kind: "docker-model-runner", models: ["ai/smollm2"] } },
      { engine },
    );
    const path = "/olla/dmr/engines/v1/chat/completions";
    const { status } = await postJson(world.url, path, { model: "ai/smollm2", messages: [] });
    expect(status).toBe(200);
    expect(traffic(world.backends.runner).at(-1)).toMatchObject({
      url: "/engines/v1/chat/completions",
    });
  });

  it.each([
    ["lemonade", "/api/v1/chat/completions"],
    ["docker-model-runner", "/engines/v1/chat/completions"],
    ["vllm", "/v1/chat/completions"],
  ] as const)("PV-41 PV-42 maps the OpenAI path to the one that %s serves", async (kind, path) => {
    await using world = await startWorld({ only: { kind, models: ["m1"] } }, { engine });
    const body = { model: "m1", messages: [{ role: "user", content: "hi" }] };
    const answer = await postJson(world.url, "/olla/openai/v1/chat/completions?x=1", body);
    expect(answer.status, `got ${answer.text}`).toBe(200);
    expect(traffic(world.backends.only).at(-1)).toMatchObject({ url: `${path}?x=1` });
  });

  it("HP-74 PV-48 D15 CF-43 joins a preserved base path and lets no encoded .. climb out of it", async () => {
    await using backend = await startBackend({ kind: "openai-compatible", name: "based" });
    const config = configFor([{ ...backend, url: `${backend.url}/echo/base` }], {
      engine,
      endpoints: {
        based: ["preserve_path: true", "health_check_url: /status/200", "model_url: /v1/models"],
      },
    });
    await using gateway = await startGateway({ config });
    expect(await echoedTarget(gateway.url, "/olla/proxy/v1/x?q=1")).toBe("/echo/base/v1/x?q=1");
    expect(await echoedTarget(gateway.url, "/olla/proxy/v1/x/"), "trailing slash").toBe(
      "/echo/base/v1/x/",
    );
    const before = traffic(backend).length;
    for (const path of [
      "/%2e%2e/secret",
      "/a/%2E./%2e%2E/%2e%2e/x",
      "/..%2fsecret",
      "/%2e%2e%5cx",
    ]) {
      const { status, text } = await send(gateway.url, { path: `/olla/proxy${path}` });
      expect(status, `for ${path}`).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ error: { code: "invalid_request" } });
    }
    expect(traffic(backend)).toHaveLength(before);
  });

  it("CF-43 drops the base path of an endpoint with preserve_path: false", async () => {
    await using backend = await startBackend({ kind: "openai-compatible", name: "based" });
    const config = configFor([{ ...backend, url: `${backend.url}/base` }], {
      engine,
      endpoints: {
        based: ["preserve_path: false", `health_check_url: ${backend.url}/v1/models`],
      },
    });
    await using gateway = await startGateway({ config });
    expect(await echoedTarget(gateway.url, "/olla/proxy/echo/x")).toBe("/echo/x");
  });

  it("takes the path of an absolute-form target and keeps its bytes", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const target = "http://gateway.example/olla/proxy/echo/a%2Fb%20c?d=%20e;f";
    const answer = await sendRaw(
      world.url,
      `GET ${target} HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(traffic(world.backends.only).at(-1)).toMatchObject({ url: "/echo/a%2Fb%20c?d=%20e;f" });
  });

  it("HP-11 forwards every method with its own name", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
      const { status } = await send(world.url, { method, path: "/olla/proxy/echo/m" });
      expect(status, `for ${method}`).toBe(200);
      expect(traffic(world.backends.only).at(-1)).toMatchObject({ method, url: "/echo/m" });
    }
  });

  it("keeps a redirect to the backend's own address inside the route, and its address secret", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const own = encodeURIComponent(`${world.backends.only.url}/echo/y?a=1`);
    const { headers } = await send(world.url, { path: `/olla/proxy/redirect?to=${own}` });
    expect(headers["location"]).toBe("/olla/proxy/echo/y?a=1");
  });

  it("HP-12 passes a redirect of the backend on without following it", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const { status, headers } = await send(world.url, { path: "/olla/proxy/redirect?to=/echo/y" });
    expect(status).toBe(302);
    expect(headers.location).toBe("/echo/y");
    expect(traffic(world.backends.only).some(({ url }) => url === "/echo/y")).toBe(false);
  });
});

describe("paths that the gateway answers itself", () => {
  it.each([
    ["/nope"],
    ["/"],
    ["/olla/unknownprov/v1/x"],
    ["/olla/OLLAMA/api/tags"],
    ["/olla/llama_cpp/v1/x"],
    ["/internal/health/"],
    ["/version/"],
    ["/internal"],
  ])("HP-1 HP-2 HI-4 HP-83 answers 404 to %s in plain text, with a request id", async (path) => {
    await using world = await startWorld({ only: {} });
    const { status, headers, text } = await send(world.url, { path });
    expect(status).toBe(404);
    expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-olla-request-id"]).toMatch(/^\S+$/);
    expect(text).toBe("404 page not found\n");
  });

  it.each([
    ["/olla/ollama?a=1", "/olla/ollama/?a=1", "HP-3"],
    ["/olla/proxy", "/olla/proxy/", "RT-26"],
    ["/olla/lm_studio", "/olla/lm_studio/", "RT-26"],
    ["/olla/ollama//api/x?q=1", "/olla/ollama/api/x?q=1", "HP-4"],
    ["/olla/ollama/../vllm/v1/x", "/olla/vllm/v1/x", "HP-4"],
    ["/olla/proxy/./a/./b/", "/olla/proxy/a/b/", "HP-4"],
    ["//olla/proxy/x?a//b/../c", "/olla/proxy/x?a//b/../c", "HP-4"],
    ["/../../etc/passwd", "/etc/passwd", "HP-4"],
    ["/olla/proxy/a/..", "/olla/proxy/", "HP-4"],
  ])("redirects %s to %s with 307 (%s)", async (path, target) => {
    await using world = await startWorld({ only: {} });
    const { status, headers } = await send(world.url, { method: "POST", path, body: "{}" });
    expect(status).toBe(307);
    expect(headers.location).toBe(target);
    expect(headers["x-olla-request-id"]).toMatch(/^\S+$/);
  });

  it("never redirects to another host", async () => {
    await using world = await startWorld({ only: {} });
    for (const path of [
      "//evil.example/x",
      "///evil.example",
      "/.//evil.example/",
      "/a/..//evil",
    ]) {
      const response = await open(world.url, { path });
      response.resume();
      expect(response.headers.location, `for ${path}`).toMatch(/^\/[^/\\]/);
    }
  });
});
