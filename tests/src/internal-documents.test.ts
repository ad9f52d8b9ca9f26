import { gunzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, startGateway, until } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { startWorld } from "./harness/world.ts";

type Fields = Readonly<Record<string, unknown>>;

const MODEL = "llama3.2:3b";
const DOCUMENTS = [
  "/internal/health",
  "/internal/ready",
  "/internal/process",
  "/internal/status",
  "/internal/status/endpoints",
  "/internal/status/models",
  "/internal/stats/models",
  "/internal/stats/translators",
  "/internal/stats/sticky",
  "/internal/metrics",
  "/version",
];

async function read(url: string, path: string): Promise<Fields> {
  const { status, headers, text } = await send(url, { path });
  expect(status).toBe(200);
  expect(headers["content-type"]).toMatch(/^application\/json/);
  return JSON.parse(text) as Fields;
}

async function systemOf(url: string): Promise<Fields> {
  return (await read(url, "/internal/status"))["system"] as Fields;
}

describe("every internal document", () => {
  it.each(DOCUMENTS)(
    "HI-3 HI-56 HP-82 answers GET and HEAD at %s, and 405 to the rest",
    async (path) => {
      await using world = await startWorld({ only: { models: [MODEL] } });
      const got = await send(world.url, { path, headers: { "X-Request-ID": "doc-1" } });
      expect(got.status).toBe(200);
      expect(got.headers["x-olla-request-id"]).toBe("doc-1");
      const head = await send(world.url, { method: "HEAD", path });
      expect(head).toMatchObject({ status: 200, text: "" });
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const refused = await send(world.url, { method, path });
        expect(refused.status, `for ${method}`).toBe(405);
        expect(refused.headers.allow).toBe("GET, HEAD");
        expect(refused.headers["x-olla-request-id"]).toMatch(/^\S+$/);
        expect(JSON.parse(refused.text)).toMatchObject({ error: { code: "method_not_allowed" } });
      }
    },
  );

  it("HI-1 HI-2 tells that the process is up, even with every backend down", async () => {
    await using world = await startWorld({ only: {} });
    const health = async (): Promise<unknown> => {
      const { status, headers, text } = await send(world.url, { path: "/internal/health" });
      return [status, headers["content-type"], text];
    };
    expect(await health()).toEqual([200, "application/json", '{"status":"healthy"}']);
    await world.backends.only.kill();
    await until(async () => (await world.gateway.endpoint("only"))["status"] === "offline");
    expect(await health()).toEqual([200, "application/json", '{"status":"healthy"}']);
  });

  it.each(["/internal/status", "/internal/status/endpoints", "/internal/status/models"])(
    "HI-17 HI-18 packs %s for a client that can read it, and tells how to cache it",
    async (path) => {
      const models = Array.from({ length: 40 }, (_, index) => `model-${index}`);
      await using world = await startWorld({ a: { models }, b: { models }, c: { models } });
      const ask = (encoding: string): ReturnType<typeof send> =>
        send(world.url, { path, headers: { "accept-encoding": encoding } });
      const packed = await ask("gzip");
      expect(packed.headers["content-encoding"]).toBe("gzip");
      expect(JSON.parse(gunzipSync(packed.body).toString())).toHaveProperty("timestamp");
      const plain = await ask("gzip;q=0");
      expect(plain.headers["content-encoding"]).toBeUndefined();
      for (const { headers } of [packed, plain]) {
        expect(headers["cache-control"]).toBe("private, no-cache");
        expect(headers["vary"]?.toLowerCase()).toContain("accept-encoding");
      }
    },
  );
});

describe("/internal/status", () => {
  it("HI-5 HI-6 HI-12 has every field, and says that there was no traffic yet", async () => {
    await using world = await startWorld({ only: { models: [MODEL] } });
    const document = await read(world.url, "/internal/status");
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(["timestamp", "proxy", "endpoints", "security", "system"]),
    );
    expect(document["proxy"]).toEqual({
      engine: "olla",
      profile: "auto",
      balancer: "least-connections",
    });
    expect(document["security"]).toEqual({
      status: "normal",
      blocked_ips: 0,
      violations: { rate_limits: 0, size_limits: 0 },
    });
    expect(document["system"]).toEqual({
      status: "healthy",
      start_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      uptime: expect.stringMatching(/^\d+s$/) as string,
      version: "0.0.0",
      commit: expect.any(String) as string,
      endpoints_up: "1/1",
      active_connections: 0,
      total_requests: 0,
      total_failures: 0,
      success_rate: "N/A",
      has_traffic: false,
      avg_latency: "0ms",
      total_traffic: "0 B",
      security_violations: 0,
    });
    expect(await world.gateway.endpoint("only")).not.toHaveProperty("avg_latency_ms");
    await chat(world.url);
    expect(await world.gateway.endpoint("only")).toMatchObject({
      avg_latency_ms: expect.any(Number) as number,
      requests: 1,
      success_rate: "100%",
      issues: "",
      models: { count: 1, last_updated: expect.any(String) as string },
    });
  });

  it.each([
    [0, "healthy"],
    [1, "degraded"],
    [3, "critical"],
  ])("HI-7 with %i of 4 endpoints down is %s", async (down, status) => {
    await using world = await startWorld({ a: {}, b: {}, c: {}, d: {} });
    for (const backend of Object.values(world.backends).slice(0, down)) await backend.kill();
    await until(async () => (await systemOf(world.url))["endpoints_up"] === `${4 - down}/4`);
    expect((await systemOf(world.url))["status"]).toBe(status);
  });

  it("HI-8 sorts endpoints by priority, then health, then name", async () => {
    await using world = await startWorld(
      { d: {}, c: {}, b: {}, a: {} },
      { priorities: { d: 1, c: 50, b: 50, a: 50 } },
    );
    await world.backends.a.kill();
    await until(async () => (await world.gateway.endpoint("a"))["status"] === "offline");
    for (const path of ["/internal/status", "/internal/status/endpoints"]) {
      const { endpoints } = (await read(world.url, path)) as { endpoints: Fields[] };
      expect(endpoints.map(({ name }) => name)).toEqual(["b", "c", "a", "d"]);
    }
  });

  it("HI-9 counts a stream as a connection of its endpoint until it ends", async () => {
    await using world = await startWorld({ only: { models: [MODEL] } });
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const stream = await chat(world.url, { stream: true });
    expect(await world.gateway.endpoint("only")).toMatchObject({ connections: 1 });
    expect(await systemOf(world.url)).toMatchObject({ active_connections: 1 });
    await stream.body?.cancel();
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
  });

  it("HI-10 HI-11 gives an endpoint an id by its address, and shows no query of it", async () => {
    const kind = "openai-compatible";
    const config = configFor([
      { name: "plain", url: "http://10.0.0.5:8000", kind },
      { name: "based", url: "http://10.0.0.5:8000/base?key=secret", kind },
    ]);
    await using gateway = await startGateway({ config, ready: false });
    expect(await gateway.endpoint("plain")).toMatchObject({ id: "18jv3pn" });
    expect(await gateway.endpoint("based")).toMatchObject({
      id: "ol6ji1",
      url: "http://10.0.0.5:8000/base",
    });
  });

  it("HI-13 shows a backend that refused one call as offline and unavailable", async () => {
    await using world = await startWorld({ only: { models: [MODEL] } });
    await world.backends.only.kill();
    expect((await chat(world.url)).status).toBe(502);
    expect(await world.gateway.endpoint("only")).toMatchObject({
      status: "offline",
      issues: expect.stringContaining("unavailable") as string,
    });
  });

  it("HI-19 HI-20 tells about endpoints in a document of its own", async () => {
    await using world = await startWorld({
      a: { kind: "ollama", models: ["m1", "m2"] },
      b: { models: ["m3"] },
    });
    await world.backends.b.kill();
    await until(async () => (await world.gateway.endpoint("b"))["status"] === "offline");
    const document = await read(world.url, "/internal/status/endpoints");
    expect(document).toMatchObject({ total_count: 2, healthy_count: 1, routable_count: 1 });
    const [first, second] = document["endpoints"] as Fields[];
    expect(first).toMatchObject({
      name: "a",
      type: "ollama",
      status: "healthy",
      model_count: 2,
      request_count: 0,
      active_connections: 0,
      success_rate: "N/A",
      response_time: expect.stringMatching(/^\d+ms$/) as string,
      health_check: expect.stringMatching(/ago$/) as string,
      last_model_sync: expect.stringMatching(/ago$/) as string,
    });
    expect(first).not.toHaveProperty("issues");
    expect(second).toMatchObject({ issues: expect.stringContaining("unavailable") as string });
  });

  it("HI-21 HI-22 counts distinct models, names where each is, and shows the ten latest", async () => {
    const models = Array.from({ length: 12 }, (_, index) => `family${index}:7b`);
    await using world = await startWorld({
      a: { kind: "ollama", models },
      b: { kind: "ollama", models: ["family0:7b"] },
    });
    const document = await read(world.url, "/internal/status/models");
    expect(document).toMatchObject({ total_models: 12, total_endpoints: 2 });
    const recent = document["recent_models"] as Fields[];
    expect(recent).toHaveLength(10);
    const shared = recent.find(({ name }) => name === "family0:7b");
    expect(shared?.["endpoints"]).toEqual(["a", "b"]);
    const ids = await Promise.all(
      ["a", "b"].map(async (name) => (await world.gateway.endpoint(name))["id"]),
    );
    expect(shared?.["endpoint_ids"]).toEqual(ids);
    const families = document["models_by_family"] as Record<string, string[]>;
    expect(Object.values(families).flat().toSorted()).toEqual(models.toSorted());
  });
});

describe("/internal/status/models by family", () => {
  it("HI-23 groups all models when asked for details, those of no family last", async () => {
    const models = ["zeta", ...Array.from({ length: 11 }, (_, index) => `llama3:${index}b`)];
    await using world = await startWorld({
      a: { kind: "ollama", models },
      b: { kind: "openai-compatible", models: ["plain"] },
    });
    const path = "/internal/status/models";
    const document = await read(world.url, `${path}?detailed=true&group=family`);
    const groups = document["model_groups"] as Fields[];
    const families = groups.map(({ family }) => String(family));
    const named = families.filter((family) => family !== "unknown");
    expect(named).toEqual(named.toSorted());
    expect(families.indexOf("unknown")).toBe(
      families.includes("unknown") ? families.length - 1 : -1,
    );
    const listed = groups.flatMap((group) => group["models"] as Fields[]);
    expect(listed.map(({ name }) => String(name)).toSorted()).toEqual(
      [...models, "plain"].toSorted(),
    );
    for (const group of groups) expect(group["model_count"]).toBe((group["models"] as []).length);
    for (const query of [
      "?detailed=1",
      "?detailed=true",
      "?group=family",
      "?detailed=1&group=family",
    ]) {
      expect(await read(world.url, path + query), `for ${query}`).not.toHaveProperty(
        "model_groups",
      );
    }
  });

  it("D15 tells which models no endpoint can serve now", async () => {
    await using world = await startWorld({ a: { models: ["one"] }, b: { models: ["two"] } });
    await world.backends.b.kill();
    await until(async () => (await world.gateway.endpoint("b"))["status"] === "offline");
    const document = await read(world.url, "/internal/status/models");
    const recent = document["recent_models"] as Fields[];
    expect(new Map(recent.map(({ name, available }) => [name, available]))).toEqual(
      new Map([
        ["one", true],
        ["two", false],
      ]),
    );
  });
});

describe("/internal/ready", () => {
  it("HI-51 D4 is 503 as long as no endpoint can take a request", async () => {
    await using world = await startWorld({ only: {} });
    const ready = { status: "ready", routable_count: 1, total_count: 1 };
    expect(await read(world.url, "/internal/ready")).toEqual(ready);
    await world.backends.only.kill();
    await until(async () => (await world.gateway.endpoint("only"))["status"] === "offline");
    const refused = await send(world.url, { path: "/internal/ready" });
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toEqual({
      status: "not_ready",
      routable_count: 0,
      total_count: 1,
    });
  });
});

describe("/internal/process", () => {
  it("HI-31 tells memory and runtime of the gateway itself", async () => {
    await using world = await startWorld({});
    const document = await read(world.url, "/internal/process");
    expect(document).toMatchObject({
      timestamp: expect.any(String) as string,
      memory: {
        heap_alloc: expect.stringMatching(/^\d+\.\d\d MB$/) as string,
        memory_pressure: "LOW",
      },
      memory_bytes: { heap_alloc: expect.any(Number) as number },
      runtime: { node_version: process.versions.node, num_cpu: expect.any(Number) as number },
      event_loop: { active_resources: expect.any(Object) as object },
    });
  });
});

describe("/version", () => {
  it("HI-32 tells name, version, build, capabilities, backends and where to ask further", async () => {
    await using world = await startWorld({});
    const document = await read(world.url, "/version");
    expect(document).toMatchObject({
      name: expect.any(String) as string,
      version: "0.0.0",
      edition: expect.any(String) as string,
      description: expect.any(String) as string,
      build: { commit: expect.any(String) as string, platform: expect.any(String) as string },
      capabilities: expect.arrayContaining(["load_balancing", "health_checking"]) as string[],
      capabilities_experimental: expect.any(Array) as string[],
      supported_backends: expect.arrayContaining(["ollama", "vllm", "llamacpp"]) as string[],
    });
    const { endpoints } = document["api"] as { endpoints: Record<string, string> };
    for (const path of Object.values(endpoints)) {
      expect((await send(world.url, { path })).status, `for ${path}`).toBe(200);
    }
  });
});
