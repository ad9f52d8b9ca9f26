import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { parseMetrics } from "./harness/prometheus.ts";
import { startWorld } from "./harness/world.ts";

const MODEL = "llama3.2:3b";
const STATS = "/internal/stats/models";

type Fields = Readonly<Record<string, unknown>>;

interface ModelStats {
  readonly models: readonly Fields[];
  readonly endpoints: Readonly<Record<string, Fields>>;
}

async function read(url: string, path: string): Promise<ModelStats> {
  return JSON.parse((await send(url, { path })).text) as ModelStats;
}

async function ask(
  url: string,
  headers: Record<string, string> = {},
  model = MODEL,
): Promise<void> {
  await (await chat(url, { headers, model })).text();
}

describe("the figures of a model", () => {
  it("HI-25 count what was asked, and name the model asked most", async () => {
    await using world = await startWorld({ only: { models: [MODEL, "other"] } });
    for (let turn = 0; turn < 3; turn += 1) await ask(world.url);
    await ask(world.url, {}, "other");
    const stats = await read(world.url, STATS);
    expect(stats.models.map((model) => [model["name"], model["total_requests"]])).toEqual([
      [MODEL, 3],
      ["other", 1],
    ]);
    expect(stats).toMatchObject({
      summary: { most_popular_model: MODEL, least_popular_model: "other", total_requests: 4 },
    });
  });

  it("HI-49 D5 count two client addresses as two", async () => {
    const rateLimits =
      "{ per_ip_requests_per_minute: 0, global_requests_per_minute: 0, trust_proxy_headers: true }";
    await using world = await startWorld({ only: { models: [MODEL] } }, { rateLimits });
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
      await ask(world.url, { "x-forwarded-for": address });
    }
    const stats = await read(world.url, STATS);
    expect(stats.models[0]).toMatchObject({ total_requests: 3, unique_clients: 2 });
    const metrics = parseMetrics((await send(world.url, { path: "/internal/metrics" })).text);
    expect(metrics.value("olla_model_unique_clients", { model: MODEL })).toBe(2);
  });

  it("D5 tell what routing found: an endpoint, none, or one without the model", async () => {
    const more =
      "model_registry: { routing_strategy: { type: optimistic, options: { fallback_behavior: all } } }";
    await using strict = await startWorld({ has: { models: [MODEL] }, not: { models: ["x"] } });
    await using lenient = await startWorld(
      { has: { models: [MODEL] }, not: { models: ["x"] } },
      { more },
    );
    for (const world of [strict, lenient]) {
      await ask(world.url);
      await world.backends.has.kill();
      await until(async () => (await world.gateway.endpoint("has"))["status"] === "offline");
      await ask(world.url);
    }
    expect((await read(strict.url, STATS)).models[0]).toMatchObject({
      routing_hits: 1,
      routing_misses: 1,
      routing_fallbacks: 0,
      total_requests: 1,
    });
    expect((await read(lenient.url, STATS)).models[0]).toMatchObject({
      routing_hits: 1,
      routing_misses: 0,
      routing_fallbacks: 1,
      total_requests: 2,
    });
  });

  it("HI-54 D5 tell which endpoint served it, when asked to", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] }, b: { models: [MODEL, "other"] } },
      { balancer: "round-robin" },
    );
    await world.backends.b.setFault({ type: "status", status: 500, times: 1 });
    for (let turn = 0; turn < 4; turn += 1) await ask(world.url);
    await ask(world.url, {}, "other");
    expect((await read(world.url, STATS)).models[0]).not.toHaveProperty("endpoint_breakdown");
    expect((await read(world.url, STATS)).endpoints).toEqual({});

    const stats = await read(world.url, `${STATS}?include_endpoints=true&include_summary=true`);
    const place = {
      average_latency: expect.stringMatching(/^\d/) as string,
      last_used: expect.stringMatching(/ ago$/) as string,
    };
    expect(stats.models[0]?.["endpoint_breakdown"]).toEqual({
      a: {
        endpoint_name: "a",
        request_count: 2,
        success_rate: 100,
        consecutive_errors: 0,
        ...place,
      },
      b: {
        endpoint_name: "b",
        request_count: 2,
        success_rate: 50,
        consecutive_errors: 0,
        ...place,
      },
    });
    expect(stats.endpoints["a"]).toMatchObject({ endpoint_name: "a", request_count: 2 });
    expect(stats.endpoints["b"]).toMatchObject({ endpoint_name: "b", request_count: 3 });
    const metrics = parseMetrics((await send(world.url, { path: "/internal/metrics" })).text);
    const labels = { model: MODEL, endpoint: "b" };
    expect(metrics.value("olla_model_endpoint_requests_total", labels)).toBe(2);
    expect(metrics.value("olla_model_endpoint_success_rate_percent", labels)).toBe(50);
  });
});
