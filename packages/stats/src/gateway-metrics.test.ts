import { createSharedState, type HealthStatus } from "@olla-ts/core";
import type { BreakerState } from "@olla-ts/core/ports";
import { makeEndpoint, makeOutcome, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { gatewayMetrics } from "./gateway-metrics.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import { createStatsCollector, type Statistics } from "./stats-collector.ts";

const CLOCK = new ManualClock();

function makeStats(): Statistics {
  const options = { clock: CLOCK, endpointCapacity: 2, modelCapacity: 2 };
  return createStatsCollector({ shared: createSharedState(), ...options });
}

/** One endpoint that answered a request of 1.2 seconds and failed another, and what was refused. */
function makeTraffic(): Statistics {
  const stats = makeStats();
  const endpoint = makeEndpoint();
  const model = { slot: 0, name: "m1", endpoints: [endpoint], upstreamNames: new Map() };
  const sizes = { requestBytes: 100, responseBytes: 2_000 };
  const answered = { durationMs: 1_200, firstByteMs: 80, attempts: 2 };
  stats.record(makeOutcome({ endpoint, model, ...sizes, ...answered }));
  stats.record(makeOutcome({ endpoint, model, ...sizes, code: "upstream_reset", status: 502 }));
  stats.record(makeOutcome({ code: "client_aborted", status: 499 }));
  stats.record(makeOutcome({ code: "rate_limited", status: 429, attempts: 0 }));
  return stats;
}

function makeSnapshot(
  stats: Statistics,
  over: Partial<GatewaySnapshot> & {
    readonly name?: string;
    readonly status?: HealthStatus;
    readonly breaker?: BreakerState | undefined;
  } = {},
): GatewaySnapshot {
  const { name = "gpu-a", status = "healthy", breaker = "closed", ...rest } = over;
  const endpoint = makeEndpoint();
  return {
    at: CLOCK.wallTime(),
    uptimeSeconds: 12.5,
    info: { version: "v1", commit: "c0", engine: "olla", profile: "auto", balancer: "priority" },
    process: {
      startedAt: 1_000,
      residentBytes: 2_000,
      heapUsedBytes: 3_000,
      cpuSeconds: 4,
      busySeconds: 5,
    },
    waiting: 6,
    systemStatus: "degraded",
    totals: stats.totals(),
    codes: stats.codes(),
    refusals: stats.refusals(),
    endpoints: [
      {
        name,
        status,
        breaker,
        priority: 100,
        connections: 3,
        modelsCount: 7,
        stats: stats.endpoint(endpoint),
        distributions: stats.distributions(endpoint),
      },
    ],
    models: [
      {
        name: "m1",
        stats: stats.model({ slot: 0 }),
        usage: stats.modelUsage({ slot: 0 }),
        available: 1,
        endpoints: [],
      },
    ],
    genAi: [],
    translators: [],
    security: { rateLimitViolations: 1, sizeLimitViolations: 2, blockedIps: 1 },
    sticky: undefined,
    tables: [],
    spans: undefined,
    ...rest,
  };
}

function isOfSpans(line: string): boolean {
  return line.startsWith("olla_trace");
}

function linesOf(snapshot: GatewaySnapshot): readonly string[] {
  return gatewayMetrics(snapshot).toText().trimEnd().split("\n");
}

describe("gatewayMetrics", () => {
  it("HI-33 writes every metric with the values of the snapshot", () => {
    const lines = linesOf(makeSnapshot(makeTraffic()));
    expect(lines).toEqual(
      expect.arrayContaining([
        'olla_info{version="v1",commit="c0",engine="olla",profile="auto",balancer="priority"} 1',
        "olla_system_status 1",
        "olla_endpoints_total 1",
        "olla_endpoints_healthy 1",
        "olla_success_rate_percent 50",
        "olla_avg_latency_ms 1200",
        "olla_total_traffic_bytes 4000",
        "olla_uptime_seconds 12.5",
        "olla_active_connections 3",
        "olla_requests_total 4",
        "olla_failures_total 1",
        "olla_aborted_total 1",
        "olla_retries_total 1",
        "olla_request_bytes_total 200",
        "olla_response_bytes_total 4000",
        "olla_security_violations_total 3",
        "olla_security_rate_limit_violations_total 1",
        "olla_security_size_limit_violations_total 2",
        "olla_security_blocked_ips 1",
        "olla_security_status 1",
        'olla_endpoint_up{endpoint="gpu-a",status="healthy"} 1',
        'olla_endpoint_requests_total{endpoint="gpu-a"} 2',
        'olla_endpoint_failures_total{endpoint="gpu-a"} 1',
        'olla_endpoint_traffic_bytes{endpoint="gpu-a"} 4000',
        'olla_endpoint_connections{endpoint="gpu-a"} 3',
        'olla_endpoint_success_rate_percent{endpoint="gpu-a"} 50',
        'olla_endpoint_avg_latency_ms{endpoint="gpu-a"} 1200',
        'olla_endpoint_priority{endpoint="gpu-a"} 100',
        'olla_endpoint_models_count{endpoint="gpu-a"} 7',
        "olla_models_total 1",
        "olla_models_active 1",
        "olla_models_success_rate_percent 50",
        "olla_models_requests_total 2",
        "olla_models_traffic_bytes 4000",
        'olla_model_requests_total{model="m1"} 2',
        'olla_model_successful_requests_total{model="m1"} 1',
        'olla_model_failed_requests_total{model="m1"} 1',
        'olla_model_traffic_bytes{model="m1"} 4000',
        'olla_model_success_rate_percent{model="m1"} 50',
        'olla_model_avg_latency_ms{model="m1"} 1200',
        'olla_model_p95_latency_ms{model="m1"} 1200',
        'olla_model_p99_latency_ms{model="m1"} 1200',
      ]),
    );
  });

  it("HI-52 tells the breaker of each endpoint that has one", () => {
    const stats = makeStats();
    const values = (["closed", "half-open", "open"] as const).map((breaker) =>
      linesOf(makeSnapshot(stats, { breaker })).find((line) =>
        line.startsWith("olla_endpoint_breaker_state{"),
      ),
    );
    expect(values).toEqual(
      [0, 1, 2].map((value) => `olla_endpoint_breaker_state{endpoint="gpu-a"} ${value}`),
    );
    const [endpoint] = makeSnapshot(stats).endpoints;
    const without = makeSnapshot(stats, { endpoints: [{ ...endpoint!, breaker: undefined }] });
    expect(linesOf(without).some((line) => line.includes("breaker_state"))).toBe(false);
  });

  it("HI-35 says up for healthy endpoints alone, with the status as a label", () => {
    const lines = linesOf(makeSnapshot(makeStats(), { status: "offline" }));
    expect(lines).toContain('olla_endpoint_up{endpoint="gpu-a",status="offline"} 0');
    expect(lines).toContain("olla_endpoints_healthy 0");
  });

  it("HI-49 counts refused requests per code, and all errors per code", () => {
    const lines = linesOf(makeSnapshot(makeTraffic()));
    expect(lines.filter((line) => line.startsWith("olla_refused_total{"))).toEqual([
      'olla_refused_total{code="rate_limited"} 1',
    ]);
    expect(lines.filter((line) => line.startsWith("olla_errors_total{")).toSorted()).toEqual([
      'olla_errors_total{code="client_aborted"} 1',
      'olla_errors_total{code="rate_limited"} 1',
      'olla_errors_total{code="upstream_reset"} 1',
    ]);
  });

  it("has histograms of duration and time to first byte per endpoint", () => {
    const lines = linesOf(makeSnapshot(makeTraffic()));
    expect(lines).toEqual(
      expect.arrayContaining([
        'olla_request_duration_seconds_bucket{endpoint="gpu-a",le="1"} 0',
        'olla_request_duration_seconds_bucket{endpoint="gpu-a",le="2.5"} 1',
        'olla_request_duration_seconds_sum{endpoint="gpu-a"} 1.2',
        'olla_request_duration_seconds_count{endpoint="gpu-a"} 1',
        'olla_time_to_first_byte_seconds_bucket{endpoint="gpu-a",le="0.1"} 1',
        'olla_time_to_first_byte_seconds_sum{endpoint="gpu-a"} 0.08',
      ]),
    );
  });

  it("says 0 for an elevated security status", () => {
    const security = { rateLimitViolations: 101, sizeLimitViolations: 0, blockedIps: 0 };
    const lines = linesOf(makeSnapshot(makeStats(), { security }));
    expect(lines).toContain("olla_security_status 0");
  });

  it("writes sticky figures and tables when there are any", () => {
    const sticky = {
      activeSessions: 1,
      insertions: 2,
      hits: 3,
      misses: 4,
      evictions: 5,
      maxSessions: 6,
      idleTtlSeconds: 7,
    };
    const tables = [{ name: "rate_limit", entries: 8, capacity: 9 }];
    const lines = linesOf(makeSnapshot(makeStats(), { sticky, tables }));
    expect(lines).toEqual(
      expect.arrayContaining([
        "olla_sticky_sessions 1",
        "olla_sticky_insertions_total 2",
        "olla_sticky_hits_total 3",
        "olla_sticky_misses_total 4",
        "olla_sticky_evictions_total 5",
        "olla_sticky_max_sessions 6",
        'olla_table_entries{table="rate_limit"} 8',
        'olla_table_capacity{table="rate_limit"} 9',
      ]),
    );
    const without = linesOf(makeSnapshot(makeStats()));
    expect(without.some((line) => /olla_(sticky|table)/.test(line))).toBe(false);
  });

  it("writes clients, routing and places of a model", () => {
    const stats = makeStats();
    const model = {
      name: "m1",
      stats: stats.model({ slot: 0 }),
      usage: { uniqueClients: 2, routing: { hits: 4, misses: 5, fallbacks: 6 } },
      available: 1,
      endpoints: [
        {
          name: "gpu-b",
          requests: 8,
          succeeded: 6,
          failed: 2,
          averageMs: 12.5,
          consecutiveFailures: 1,
          lastUsedAt: CLOCK.wallTime(),
        },
      ],
    };
    expect(linesOf(makeSnapshot(stats, { models: [model] }))).toEqual(
      expect.arrayContaining([
        'olla_model_endpoints_available{model="m1"} 1',
        'olla_model_unique_clients{model="m1"} 2',
        'olla_model_routing_hits_total{model="m1"} 4',
        'olla_model_routing_misses_total{model="m1"} 5',
        'olla_model_routing_fallbacks_total{model="m1"} 6',
        'olla_model_endpoint_requests_total{model="m1",endpoint="gpu-b"} 8',
        'olla_model_endpoint_success_rate_percent{model="m1",endpoint="gpu-b"} 75',
        'olla_model_endpoint_avg_latency_ms{model="m1",endpoint="gpu-b"} 12.5',
        'olla_model_endpoint_consecutive_errors{model="m1",endpoint="gpu-b"} 1',
      ]),
    );
  });

  it("counts a model as active for an hour after its last request", () => {
    const stats = makeTraffic();
    const used = CLOCK.wallTime();
    const hour = 3_600_000;
    expect(linesOf(makeSnapshot(stats, { at: used + hour }))).toContain("olla_models_active 1");
    expect(linesOf(makeSnapshot(stats, { at: used + hour + 1 }))).toContain("olla_models_active 0");
  });

  it("tells what the process uses under the names that every exporter has", () => {
    expect(linesOf(makeSnapshot(makeStats()))).toEqual(
      expect.arrayContaining([
        "process_start_time_seconds 1",
        "process_resident_memory_bytes 2000",
        "process_cpu_seconds_total 4",
        "nodejs_heap_size_used_bytes 3000",
        "olla_event_loop_busy_seconds_total 5",
        "olla_waiting_requests 6",
      ]),
    );
  });

  it("tells what became of spans only where there are traces", () => {
    const spans = { exported: 7, overflowed: 2, failed: 1 };
    const lines = linesOf(makeSnapshot(makeStats(), { spans }));
    expect(lines.filter((line) => isOfSpans(line))).toEqual([
      "olla_trace_spans_exported_total 7",
      'olla_trace_spans_dropped_total{reason="queue_full"} 2',
      'olla_trace_spans_dropped_total{reason="not_taken"} 1',
    ]);
    expect(linesOf(makeSnapshot(makeStats())).some((line) => isOfSpans(line))).toBe(false);
  });

  it("HI-34 escapes names in labels", () => {
    const lines = linesOf(makeSnapshot(makeStats(), { name: 'a"b' }));
    expect(lines).toContain(String.raw`olla_endpoint_priority{endpoint="a\"b"} 100`);
  });

  it("HI-53 has one group per family, and every sample under its own type line", () => {
    const text = gatewayMetrics(makeSnapshot(makeTraffic())).toText();
    const groups = text.split(/^(?=# HELP )/m).map((group) => group.trimEnd().split("\n"));
    const names = groups.map(([help]) => help?.split(" ")[2]);
    expect(new Set(names).size).toBe(names.length);
    for (const [index, [, type, ...samples]] of groups.entries()) {
      const name = names[index] ?? "";
      expect(type).toMatch(new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`));
      const suffix = type?.endsWith(" histogram") === true ? "_(bucket|sum|count)" : "";
      const foreign = samples.filter((line) => !new RegExp(`^${name}${suffix}[{ ]`).test(line));
      expect(foreign).toEqual([]);
    }
  });

  it("gives the same text for the same snapshot", () => {
    const snapshot = makeSnapshot(makeTraffic());
    expect(gatewayMetrics(snapshot).toText()).toBe(gatewayMetrics(snapshot).toText());
  });
});
