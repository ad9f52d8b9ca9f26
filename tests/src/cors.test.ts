import { describe, expect, it } from "vitest";

import { configFor, startGateway } from "./harness/gateway.ts";
import { send, valuesOf, type Answer } from "./harness/http-client.ts";
import { startScriptedBackend } from "./harness/scripted-backend.ts";
import { startWorld, traffic, type World } from "./harness/world.ts";

const ORIGIN = "https://app.example.org";
const PATHS = ["/olla/proxy/echo/x", "/internal/health", "/nope", "/olla/models", "/olla/ollama"];

function start(cors: string): Promise<World<"only">> {
  return startWorld({ only: {} }, { server: `  cors: { enabled: true, ${cors} }` });
}

/** The access-control fields of an answer, by the part of the name that tells them apart. */
function granted({ headers }: Answer): Readonly<Record<string, unknown>> {
  const prefix = "access-control-";
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function preflight(url: string, path: string, origin: string, method = "POST"): Promise<Answer> {
  const headers = {
    Origin: origin,
    "Access-Control-Request-Method": method,
    "Access-Control-Request-Headers": "content-type, x-custom",
  };
  return send(url, { method: "OPTIONS", path, headers });
}

describe("cross-origin requests", () => {
  it.each(PATHS)("HP-51 grants an allowed preflight on %s, and asks no backend", async (path) => {
    await using world = await start('allowed_origins: ["https://*.example.org"]');
    const answer = await preflight(world.url, path, ORIGIN);
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(granted(answer)).toEqual({
      "allow-origin": ORIGIN,
      "allow-methods": "POST",
      "allow-headers": "content-type, x-custom",
      "max-age": "300",
    });
    expect(answer.headers.vary).toBe(
      "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    );
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it.each([
    ["another origin", "https://evil.example", "POST"],
    ["an origin that only ends alike", "https://evilexample.org", "POST"],
    ["a method that is not allowed", ORIGIN, "DELETE"],
  ])("HP-51 grants nothing to %s", async (_, origin, method) => {
    await using world = await start('allowed_origins: ["https://*.example.org"]');
    const answer = await preflight(world.url, "/olla/proxy/echo/x", origin, method);
    expect(answer.status).toBe(204);
    expect(granted(answer)).toEqual({});
    expect(answer.headers.vary).toContain("Origin");
  });

  it.each(PATHS)(
    "HP-52 lets an allowed origin read %s, with the gateway's own fields",
    async (path) => {
      await using world = await start(`allowed_origins: ["${ORIGIN}"]`);
      const answer = await send(world.url, { path, headers: { Origin: ORIGIN } });
      expect(granted(answer)).toMatchObject({ "allow-origin": ORIGIN });
      const exposed = String(granted(answer)["expose-headers"]).split(", ");
      expect(exposed).toHaveLength(12);
      expect(exposed.every((name) => name.startsWith("X-Olla-"))).toBe(true);
      expect(answer.headers.vary).toContain("Origin");
    },
  );

  it("lets an allowed origin read why it was refused", async () => {
    await using world = await startWorld(
      { only: {} },
      {
        server: "  cors: { enabled: true }\n  request_limits: { max_body_size: 10 }",
        rateLimits:
          "{ per_ip_requests_per_minute: 6, global_requests_per_minute: 0, burst_size: 2 }",
      },
    );
    const ask = (path: string, body = ""): Promise<Answer> =>
      send(world.url, { method: "POST", path, body, headers: { Origin: ORIGIN } });
    const answers = [
      await ask("/olla/proxy/echo/x", "x".repeat(11)),
      await ask("/internal/status", "x".repeat(11)),
      await ask("/olla/vllm/echo/x"),
      await ask("/olla/proxy/echo/x"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 404, 429]);
    for (const answer of answers) expect(granted(answer)).toMatchObject({ "allow-origin": "*" });
  });

  it("executes a request of an origin that is not allowed, and grants it nothing", async () => {
    await using world = await start('allowed_origins: ["https://other.example"]');
    const answer = await send(world.url, {
      path: "/olla/proxy/echo/x",
      headers: { Origin: ORIGIN },
    });
    expect(answer.status).toBe(200);
    expect(granted(answer)).toEqual({});
    expect(answer.headers.vary).toContain("Origin");
  });

  it("forwards an OPTIONS request that is no preflight", async () => {
    await using world = await start('allowed_origins: ["*"]');
    const path = "/olla/proxy/echo/x";
    const answer = await send(world.url, { method: "OPTIONS", path, headers: { Origin: ORIGIN } });
    expect(answer.status).toBe(200);
    expect(traffic(world.backends.only)).toMatchObject([{ method: "OPTIONS" }]);
  });

  it("does not count preflights against the rate limit", async () => {
    await using world = await startWorld(
      { only: {} },
      {
        server: "  cors: { enabled: true }",
        rateLimits:
          "{ per_ip_requests_per_minute: 6, global_requests_per_minute: 0, burst_size: 1 }",
      },
    );
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await preflight(world.url, "/olla/proxy/echo/x", ORIGIN)).status).toBe(204);
    }
    expect((await send(world.url, { path: "/olla/proxy/echo/x" })).status).toBe(200);
  });
});

describe.each(["olla", "sherpa"])("a backend that speaks CORS too, with engine %s", (engine) => {
  it("HP-81 D19 leaves one Access-Control-Allow-Origin on the answer, the gateway's", async () => {
    await using backend = await startScriptedBackend();
    const server = `  cors: { enabled: true, allowed_origins: ["${ORIGIN}"] }`;
    const config = configFor([backend], { engine, server });
    await using gateway = await startGateway({ config });
    backend.answer((_, response) => {
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Access-Control-Allow-Credentials", "true");
      response.end("body");
    });
    const headers = { Origin: ORIGIN };
    const answer = await send(gateway.url, { path: "/olla/proxy/v1/x", headers });
    expect(valuesOf(answer.rawHeaders, "access-control-allow-origin")).toEqual([ORIGIN]);
    expect(granted(answer)).not.toHaveProperty("allow-credentials");
  });
});
