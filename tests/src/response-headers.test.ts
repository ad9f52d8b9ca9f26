import { describe, expect, it } from "vitest";

import { configFor, startGateway, type ConfigOptions } from "./harness/gateway.ts";
import { postJson, send, valuesOf, type Answer } from "./harness/http-client.ts";
import { startScriptedBackend } from "./harness/scripted-backend.ts";
import { startWorld } from "./harness/world.ts";

describe.each(["olla", "sherpa"])("response headers with engine %s", (engine) => {
  /** The client's answer when the backend answers with these fields. */
  async function answerWith(
    fields: readonly string[],
    options: ConfigOptions = {},
    status = 200,
  ): Promise<Answer> {
    await using backend = await startScriptedBackend();
    const config = configFor([backend], { engine, ...options });
    await using gateway = await startGateway({ config });
    backend.answer((_, response) => void response.writeHead(status, [...fields]).end("body"));
    return await send(gateway.url, { path: "/olla/proxy/v1/x" });
  }

  it("HP-22 RT-74 withholds cookies, credentials, and fields that look like its own", async () => {
    const { headers, rawHeaders } = await answerWith([
      "Set-Cookie",
      "a=1",
      "Set-Cookie",
      "b=2",
      "Authorization",
      "Bearer leaked",
      "Proxy-Authorization",
      "Basic leaked",
      "X-Api-Key",
      "leaked",
      "X-Auth-Token",
      "leaked",
      "X-Olla-Endpoint",
      "forged",
      "X-Olla-Anything",
      "forged",
      "X-Kept",
      "yes",
    ]);
    expect(rawHeaders.join("\n")).not.toMatch(/leaked|forged|a=1/);
    expect(headers["set-cookie"]).toBeUndefined();
    expect(headers["x-kept"]).toBe("yes");
  });

  it("HP-22 RT-74 withholds fields that the configuration sets for the endpoint", async () => {
    const { rawHeaders } = await answerWith(["X-Tenant", "blue", "X-Custom-Key", "secret"], {
      endpoints: {
        scripted: [
          "headers: { X-Tenant: blue }",
          "auth: { type: api_key, key: secret, header: X-Custom-Key }",
        ],
      },
    });
    expect(rawHeaders.join("\n")).not.toMatch(/blue|secret/);
  });

  it("HP-23 RT-75 names the serving endpoint, its type and itself", async () => {
    await using world = await startWorld({ "gpu-a": { kind: "vllm" } }, { engine });
    const { headers, rawHeaders } = await send(world.url, { path: "/olla/proxy/echo/x" });
    expect(headers["x-olla-endpoint"]).toBe("gpu-a");
    expect(headers["x-olla-backend-type"]).toBe("vllm");
    expect(valuesOf(rawHeaders, "x-served-by")).toEqual(["Olla/0.0.0"]);
    expect(valuesOf(rawHeaders, "via")).toEqual(["1.1 olla/0.0.0"]);
  });

  it("HP-24 tells the time to the backend's head in milliseconds", async () => {
    const { headers } = await answerWith([]);
    expect(headers["x-olla-response-time"]).toMatch(/^\d+ms$/);
  });

  it("HP-26 tells how a known model was routed, and HP-27 how an unknown one was not", async () => {
    await using world = await startWorld({ only: { models: ["m1"] } }, { engine });
    const path = "/olla/proxy/v1/chat/completions";
    const found = await postJson(world.url, path, { model: "m1", messages: [] });
    expect(found.headers).toMatchObject({
      "x-olla-model": "m1",
      "x-olla-routing-strategy": "strict",
      "x-olla-routing-decision": "routed",
      "x-olla-routing-reason": "model_found",
    });
    const missing = await postJson(world.url, path, { model: "nobody-has-it", messages: [] });
    expect(missing.status).toBe(404);
    expect(missing.headers).toMatchObject({
      "x-olla-model": "nobody-has-it",
      "x-olla-routing-strategy": "strict",
      "x-olla-routing-decision": "rejected",
      "x-olla-routing-reason": "model_not_found",
    });
    expect(missing.headers["x-olla-endpoint"]).toBeUndefined();
  });

  it("tells nothing about models and routing when the request names no model", async () => {
    const { headers } = await answerWith([]);
    const names = Object.keys(headers);
    expect(names.filter((name) => /^x-olla-(?:model|routing|sticky)/.test(name))).toEqual([]);
  });

  it("writes a model name outside ASCII so that no header is broken by it", async () => {
    await using world = await startWorld({ only: { models: ["m1"] } }, { engine });
    const answer = await postJson(world.url, "/olla/proxy/v1/chat/completions", {
      model: "modèle\r\nX-Evil: 1",
      messages: [],
    });
    expect(answer.status).toBe(404);
    expect(answer.headers["x-evil"]).toBeUndefined();
    expect(answer.headers["x-olla-model"]).toBe(encodeURIComponent("modèle\r\nX-Evil: 1"));
  });

  it("HP-20 D12 withholds fields of the backend's connection", async () => {
    const { headers } = await answerWith([
      "Connection",
      "X-Per-Hop",
      "X-Per-Hop",
      "1",
      "Keep-Alive",
      "timeout=999",
      "Proxy-Authenticate",
      "Basic",
      "X-End-To-End",
      "1",
    ]);
    expect(headers["x-per-hop"]).toBeUndefined();
    expect(headers["proxy-authenticate"]).toBeUndefined();
    expect(headers["keep-alive"]).not.toBe("timeout=999");
    expect(headers["x-end-to-end"]).toBe("1");
  });

  it("HP-13 passes status, error body and Retry-After of the backend on unchanged", async () => {
    for (const [status, fields] of [
      [500, []],
      [429, ["Retry-After", "17"]],
      [404, ["WWW-Authenticate", "Bearer"]],
      [418, []],
    ] as const) {
      const answer = await answerWith(["Content-Type", "application/json", ...fields], {}, status);
      expect(answer).toMatchObject({ status, text: "body" });
      expect(answer.rawHeaders.join("\n")).toContain(fields.join("\n"));
    }
  });

  it("passes further fields on: repeated ones apart, dates and tags as they came", async () => {
    const { headers, rawHeaders } = await answerWith([
      "ETag",
      'W/"1"',
      "Cache-Control",
      "no-store",
      "X-List",
      "1",
      "X-List",
      "2",
      "Date",
      "Tue, 01 Jan 2030 00:00:00 GMT",
      "Server",
      "uvicorn",
      "Server-Timing",
      "x;dur=1",
      "Access-Control-Allow-Origin",
      "*",
    ]);
    expect(valuesOf(rawHeaders, "x-list")).toEqual(["1", "2"]);
    expect(valuesOf(rawHeaders, "date")).toEqual(["Tue, 01 Jan 2030 00:00:00 GMT"]);
    expect(headers).toMatchObject({
      etag: 'W/"1"',
      "cache-control": "no-store",
      server: "uvicorn",
      "server-timing": "x;dur=1",
      "access-control-allow-origin": "*",
    });
  });

  it("HP-50 adds no CORS field of its own while CORS is off", async () => {
    const { headers } = await answerWith([]);
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("states no length for an answer that has no body by its status", async () => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend], { engine }) });
    backend.answer(({ socket }) => {
      socket.write("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX-Kept: 1\r\n\r\n");
    });
    const answer = await send(gateway.url, { path: "/olla/proxy/echo/x" });
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.headers["x-kept"]).toBe("1");
    expect(answer.headers["content-length"]).toBeUndefined();
  });
});

describe("the request id", () => {
  const generated = /^[a-z]+-[a-z]+-[0-9a-f]{8}$/;

  it.each(["/olla/proxy/echo/x", "/internal/health", "/nope", "/olla/ollama", "/olla/models"])(
    "HP-25 HP-83 HI-3 is the client's own on %s when it may stand in a header",
    async (path) => {
      await using world = await startWorld({ only: {} });
      const longest = "x".repeat(128);
      const idFor = async (id: string | undefined): Promise<string | undefined> => {
        const headers: Record<string, string> = id === undefined ? {} : { "X-Request-ID": id };
        const answer = await send(world.url, { path, headers });
        return valuesOf(answer.rawHeaders, "x-olla-request-id").join(", ");
      };
      expect(await idFor("Client_Id-1/~!")).toBe("Client_Id-1/~!");
      expect(await idFor(longest)).toBe(longest);
      expect(await idFor(`${longest}x`)).toMatch(generated);
      expect(await idFor("with space")).toMatch(generated);
      expect(await idFor("caf\u00e9")).toMatch(generated);
      expect(await idFor("")).toMatch(generated);
      expect(await idFor(undefined)).toMatch(generated);
    },
  );

  it("is a fresh one for each request", async () => {
    await using world = await startWorld({ only: {} });
    const ids = new Set<unknown>();
    for (let turn = 0; turn < 20; turn += 1) {
      const answer = await send(world.url, { path: "/olla/proxy/echo/x" });
      ids.add(answer.headers["x-olla-request-id"]);
    }
    // Chance may repeat one: there are some fourteen million.
    expect(ids.size).toBeGreaterThan(17);
  });
});
