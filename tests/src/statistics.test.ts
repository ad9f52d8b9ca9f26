import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { parseMetrics, type Metrics } from "./harness/prometheus.ts";
import { startWorld, type World } from "./harness/world.ts";

const MODEL = "llama3.2:3b";

interface Status {
  readonly system: Readonly<Record<string, unknown>>;
  readonly security: Readonly<Record<string, unknown>>;
}

async function statusOf(url: string): Promise<Status> {
  return JSON.parse((await send(url, { path: "/internal/status" })).text) as Status;
}

async function metricsOf(url: string): Promise<Metrics> {
  const { status, headers, text } = await send(url, { path: "/internal/metrics" });
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parseMetrics(text);
}

async function modelStats(url: string): Promise<unknown> {
  return JSON.parse((await send(url, { path: "/internal/stats/models" })).text);
}

/** Seven good requests, one without a model among them, and two that a backend answers with 500. */
async function nine(world: World<"a" | "b">): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await (await chat(world.url)).text();
  await send(world.url, { path: "/olla/proxy/echo/x" });
  const fault = { type: "status", status: 500, times: 1 } as const;
  for (const backend of Object.values(world.backends)) await backend.setFault(fault);
  for (let turn = 0; turn < 2; turn += 1) expect((await chat(world.url)).status).toBe(500);
}

describe.each(["olla", "sherpa"])("figures with engine %s", (engine) => {
  function start(): Promise<World<"a" | "b">> {
    const models = [MODEL];
    return startWorld({ a: { models }, b: { models } }, { engine, balancer: "round-robin" });
  }

  it("RT-76 HI-47 HI-48 R28 count nine requests as nine, and a 500 as failed", async () => {
    await using world = await start();
    await nine(world);
    const { system } = await statusOf(world.url);
    expect(system).toMatchObject({
      total_requests: 9,
      total_failures: 2,
      has_traffic: true,
      success_rate: "77.8%",
    });
    const a = await world.gateway.endpoint("a");
    const b = await world.gateway.endpoint("b");
    expect(Number(a["requests"]) + Number(b["requests"])).toBe(9);
    expect(await modelStats(world.url)).toMatchObject({
      models: [{ name: MODEL, total_requests: 8, successful_requests: 6, failed_requests: 2 }],
      summary: { total_requests: 8, most_popular_model: MODEL, total_models: 1 },
    });
  });

  it("HI-33 HI-53 D10 write metrics that a scraper reads and that agree with the status", async () => {
    await using world = await start();
    await nine(world);
    const metrics = await metricsOf(world.url);
    expect(metrics.value("olla_requests_total")).toBe(9);
    expect(metrics.value("olla_failures_total")).toBe(2);
    expect(metrics.value("olla_success_rate_percent")).toBe(77.8);
    expect(metrics.value("olla_endpoints_total")).toBe(2);
    expect(metrics.value("olla_endpoints_healthy")).toBe(2);
    expect(metrics.value("olla_model_requests_total", { model: MODEL })).toBe(8);
    expect(metrics.value("olla_model_failed_requests_total", { model: MODEL })).toBe(2);
    expect(metrics.types.get("olla_requests_total")).toBe("counter");
    const perEndpoint = ["a", "b"].map((endpoint) => ({
      requests: metrics.value("olla_endpoint_requests_total", { endpoint }),
      failures: metrics.value("olla_endpoint_failures_total", { endpoint }),
      timed: metrics.value("olla_request_duration_seconds_count", { endpoint }),
      beyond: metrics.value("olla_request_duration_seconds_bucket", { endpoint, le: "+Inf" }),
    }));
    const sum = (pick: (one: (typeof perEndpoint)[number]) => number): number =>
      perEndpoint.reduce((total, one) => total + pick(one), 0);
    expect(sum(({ requests }) => requests)).toBe(9);
    expect(sum(({ failures }) => failures)).toBe(2);
    expect(
      sum(({ timed }) => timed),
      "latencies are those of successes",
    ).toBe(7);
    expect(sum(({ beyond }) => beyond)).toBe(7);
  });

  it("count a request that every candidate failed once, at the one tried last", async () => {
    await using world = await start();
    await world.backends.a.kill();
    await world.backends.b.kill();
    expect((await chat(world.url)).status).toBe(502);
    const metrics = await metricsOf(world.url);
    expect(metrics.value("olla_requests_total")).toBe(1);
    expect(metrics.value("olla_failures_total")).toBe(1);
    expect(metrics.value("olla_retries_total")).toBe(1);
    expect(metrics.value("olla_errors_total", { code: "upstream_connect" })).toBe(1);
    const failures = ["a", "b"].map((endpoint) =>
      metrics.value("olla_endpoint_failures_total", { endpoint }),
    );
    expect(failures).toEqual([0, 1]);
    expect(metrics.value("olla_endpoint_up", { endpoint: "a", status: "offline" })).toBe(0);
  });

  it("count a client that left as aborted, and hold it against nobody", async () => {
    await using world = await start();
    for (const backend of Object.values(world.backends)) await backend.setFault({ type: "hang" });
    const leaving = new AbortController();
    const answer = chat(world.url, { signal: leaving.signal });
    await until(() => Object.values(world.backends).some(({ inFlight }) => inFlight > 0));
    leaving.abort();
    await expect(answer).rejects.toThrow(/abort/);
    await until(async () => (await metricsOf(world.url)).value("olla_requests_total") === 1);
    const metrics = await metricsOf(world.url);
    expect(metrics.value("olla_aborted_total")).toBe(1);
    expect(metrics.value("olla_failures_total")).toBe(0);
    expect(metrics.value("olla_active_connections")).toBe(0);
    expect((await statusOf(world.url)).system).toMatchObject({ success_rate: "N/A" });
  });

  it("count broken streams as failed and bytes as they went to the client", async () => {
    await using world = await start();
    const whole = (await (await chat(world.url)).arrayBuffer()).byteLength;
    const fault = { type: "reset-after-tokens", tokens: 2 } as const;
    for (const backend of Object.values(world.backends)) await backend.setFault(fault);
    const broken = await chat(world.url, { stream: true });
    await expect(broken.text()).rejects.toThrow(/terminated/);
    const metrics = await metricsOf(world.url);
    expect(metrics.value("olla_failures_total")).toBe(1);
    expect(metrics.value("olla_errors_total", { code: "upstream_truncated" })).toBe(1);
    expect(metrics.value("olla_response_bytes_total")).toBeGreaterThan(whole);
  });
});

describe("figures of refusals", () => {
  it("HI-49 show what was refused, by reason, apart from failures", async () => {
    const server = "  request_limits: { max_body_size: 1000, max_header_size: 4096 }";
    const rateLimits =
      "{ per_ip_requests_per_minute: 6, global_requests_per_minute: 0, burst_size: 4 }";
    await using world = await startWorld({ only: { models: [MODEL] } }, { server, rateLimits });
    const path = "/olla/proxy/echo/x";
    await chat(world.url);
    await chat(world.url, { model: "nobody" });
    await send(world.url, { method: "POST", path, body: "x".repeat(1_001) });
    await send(world.url, { path, headers: { "x-long": "x".repeat(4_096) } });
    expect((await send(world.url, { path })).status).toBe(429);
    const metrics = await metricsOf(world.url);
    expect(metrics.value("olla_requests_total")).toBe(5);
    expect(metrics.value("olla_failures_total")).toBe(0);
    for (const code of ["model_not_found", "body_too_large", "headers_too_large", "rate_limited"]) {
      expect(metrics.value("olla_refused_total", { code }), `for ${code}`).toBe(1);
    }
    expect(metrics.value("olla_security_rate_limit_violations_total")).toBe(1);
    expect(metrics.value("olla_security_size_limit_violations_total")).toBe(2);
    const { system, security } = await statusOf(world.url);
    expect(system).toMatchObject({ security_violations: 3, success_rate: "100%" });
    expect(security).toMatchObject({
      blocked_ips: 1,
      violations: { rate_limits: 1, size_limits: 2 },
    });
  });

  it("HI-24 are empty lists at a fresh start, not null", async () => {
    await using world = await startWorld({ only: { models: [MODEL] } });
    expect(await modelStats(world.url)).toMatchObject({
      models: [],
      summary: { total_models: 0, total_requests: 0 },
    });
  });

  it("HI-27 give latencies as people read them", async () => {
    await using world = await startWorld({ only: { models: [MODEL] } });
    for (let turn = 0; turn < 3; turn += 1) await (await chat(world.url)).text();
    const latency = expect.stringMatching(/^\d+ms$|^\d+\.\ds$/) as string;
    expect(await modelStats(world.url)).toMatchObject({
      models: [{ average_latency: latency, p95_latency: latency, p99_latency: latency }],
    });
  });

  it("HI-34 HI-35 escape label values, and tell which endpoint is up", async () => {
    await using world = await startWorld({ only: { models: ['we"ird\\name'] } });
    await chat(world.url, { model: 'we"ird\\name' });
    const metrics = await metricsOf(world.url);
    expect(metrics.value("olla_model_requests_total", { model: 'we"ird\\name' })).toBe(1);
    expect(metrics.value("olla_endpoint_up", { endpoint: "only", status: "healthy" })).toBe(1);
  });

  it("HI-36 count the seconds since the start", async () => {
    await using world = await startWorld({});
    const uptime = async (): Promise<number> =>
      (await metricsOf(world.url)).value("olla_uptime_seconds");
    const before = await uptime();
    expect(before).toBeGreaterThan(0);
    await until(async () => (await uptime()) > before);
  });
});
