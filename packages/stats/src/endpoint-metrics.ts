import type { BreakerState } from "@olla-ts/core/ports";

import type { Exposition } from "./exposition.ts";
import type { EndpointSnapshot } from "./gateway-snapshot.ts";
import { type Metric, writeMetricTable } from "./metric-table.ts";
import { roundedSuccess } from "./success-percent.ts";

const BREAKER_VALUE: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  "half-open": 1,
  open: 2,
};

const METRICS: readonly Metric<EndpointSnapshot>[] = [
  {
    name: "requests_total",
    type: "counter",
    help: "Requests that the endpoint answered or was the last to fail.",
    value: ({ stats }) => stats.requests,
  },
  {
    name: "failures_total",
    type: "counter",
    help: "Requests that failed at the endpoint.",
    value: ({ stats }) => stats.failed,
  },
  {
    name: "traffic_bytes",
    type: "counter",
    help: "Bytes of response bodies.",
    value: ({ stats }) => stats.responseBytes,
  },
  {
    name: "tokens_per_second",
    type: "gauge",
    help: "Speed at which answers were made, as their backends state it or as streams show it.",
    value: ({ stats }) => stats.tokensPerSecond,
  },
  {
    name: "first_token_ms",
    type: "gauge",
    help: "Mean time to the first token.",
    value: ({ stats }) => stats.firstTokenMs,
  },
  {
    name: "connections",
    type: "gauge",
    help: "Requests in flight.",
    value: ({ connections }) => connections,
  },
  {
    name: "success_rate_percent",
    type: "gauge",
    help: "Successes among judged requests.",
    value: ({ stats }) => roundedSuccess(stats),
  },
  {
    name: "avg_latency_ms",
    type: "gauge",
    help: "Mean duration of successful requests.",
    value: ({ stats }) => stats.latency.averageMs,
  },
  {
    name: "priority",
    type: "gauge",
    help: "Configured priority.",
    value: ({ priority }) => priority,
  },
  {
    name: "models_count",
    type: "gauge",
    help: "Models that the endpoint lists.",
    value: ({ modelsCount }) => modelsCount,
  },
];

/** Adds the figures of every endpoint, and how many there are. */
export function writeEndpointMetrics(
  exposition: Exposition,
  endpoints: readonly EndpointSnapshot[],
): void {
  exposition
    .family("olla_endpoints_total", "gauge", "Configured endpoints.")
    .sample({}, endpoints.length);
  exposition
    .family("olla_endpoints_healthy", "gauge", "Endpoints of status healthy.")
    .sample({}, endpoints.filter(({ status }) => status === "healthy").length);
  writeMetricTable(
    exposition,
    { prefix: "olla_endpoint_", metrics: METRICS, label: "endpoint" },
    endpoints,
  );
  writeConditions(exposition, endpoints);
  writeLatencies(exposition, endpoints);
}

function writeConditions(exposition: Exposition, endpoints: readonly EndpointSnapshot[]): void {
  const up = exposition.family(
    "olla_endpoint_up",
    "gauge",
    "1 when the endpoint is healthy, with its status as a label.",
  );
  const breaker = exposition.family(
    "olla_endpoint_breaker_state",
    "gauge",
    "Circuit breaker: 0 closed, 1 half-open, 2 open.",
  );
  for (const { name, status, breaker: state } of endpoints) {
    up.sample({ endpoint: name, status }, status === "healthy" ? 1 : 0);
    if (state !== undefined) breaker.sample({ endpoint: name }, BREAKER_VALUE[state]);
  }
}

function writeLatencies(exposition: Exposition, endpoints: readonly EndpointSnapshot[]): void {
  const durations = exposition.histogram(
    "olla_request_duration_seconds",
    "Successful requests, from the request line to the last byte.",
  );
  const firstBytes = exposition.histogram(
    "olla_time_to_first_byte_seconds",
    "Successful requests, from the request line to the first byte of the answer.",
  );
  for (const { name, distributions } of endpoints) {
    durations.sample({ endpoint: name }, distributions.durations);
    firstBytes.sample({ endpoint: name }, distributions.firstBytes);
  }
}
