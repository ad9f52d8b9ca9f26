import type { Exposition } from "./exposition.ts";
import type { GatewaySnapshot, ModelSnapshot } from "./gateway-snapshot.ts";
import { type Metric, writeMetricTable } from "./metric-table.ts";
import { SPEED_METRICS } from "./speed-metrics.ts";
import { roundedSuccess } from "./success-percent.ts";

/** A model counts as active for this long after a request. */
const ACTIVE_MS = 3_600_000;

const METRICS: readonly Metric<ModelSnapshot>[] = [
  {
    name: "requests_total",
    type: "counter",
    help: "Requests for the model.",
    value: ({ stats }) => stats.requests,
  },
  {
    name: "successful_requests_total",
    type: "counter",
    help: "Requests that succeeded.",
    value: ({ stats }) => stats.succeeded,
  },
  {
    name: "failed_requests_total",
    type: "counter",
    help: "Requests that failed.",
    value: ({ stats }) => stats.failed,
  },
  {
    name: "input_tokens_total",
    type: "counter",
    help: "Tokens of prompts.",
    value: ({ stats }) => stats.inputTokens,
  },
  {
    name: "output_tokens_total",
    type: "counter",
    help: "Tokens of answers.",
    value: ({ stats }) => stats.outputTokens,
  },
  ...SPEED_METRICS,
  {
    name: "traffic_bytes",
    type: "counter",
    help: "Bytes of response bodies.",
    value: ({ stats }) => stats.responseBytes,
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
    name: "p95_latency_ms",
    type: "gauge",
    help: "Duration that 95 % of the successful requests stay below.",
    value: ({ stats }) => stats.latency.p95Ms,
  },
  {
    name: "p99_latency_ms",
    type: "gauge",
    help: "Duration that 99 % of the successful requests stay below.",
    value: ({ stats }) => stats.latency.p99Ms,
  },
  {
    name: "endpoints_available",
    type: "gauge",
    help: "Endpoints that list the model and may be asked.",
    value: ({ available }) => available,
  },
  {
    name: "unique_clients",
    type: "gauge",
    help: "Distinct client addresses.",
    value: ({ usage }) => usage.uniqueClients,
  },
  {
    name: "routing_hits_total",
    type: "counter",
    help: "Requests that found an endpoint with the model.",
    value: ({ usage }) => usage.routing.hits,
  },
  {
    name: "routing_misses_total",
    type: "counter",
    help: "Requests that found no endpoint with the model.",
    value: ({ usage }) => usage.routing.misses,
  },
  {
    name: "routing_fallbacks_total",
    type: "counter",
    help: "Requests sent to an endpoint without the model.",
    value: ({ usage }) => usage.routing.fallbacks,
  },
];

type Place = ModelSnapshot["endpoints"][number];

const PLACE_METRICS: readonly Metric<Place>[] = [
  {
    name: "requests_total",
    type: "counter",
    help: "Requests for the model that the endpoint served.",
    value: ({ requests }) => requests,
  },
  {
    name: "success_rate_percent",
    type: "gauge",
    help: "Successes among judged requests for the model at the endpoint.",
    value: (figures) => roundedSuccess(figures),
  },
  {
    name: "avg_latency_ms",
    type: "gauge",
    help: "Mean duration of successful requests for the model at the endpoint.",
    value: ({ averageMs }) => averageMs,
  },
  {
    name: "consecutive_errors",
    type: "gauge",
    help: "Failures of the model at the endpoint since the last success.",
    value: ({ consecutiveFailures }) => consecutiveFailures,
  },
];

/** Adds the figures of every model, of each at every endpoint, and those over all models. */
export function writeModelMetrics(exposition: Exposition, snapshot: GatewaySnapshot): void {
  writeOverall(exposition, snapshot);
  writeMetricTable(
    exposition,
    { prefix: "olla_model_", metrics: METRICS, label: "model" },
    snapshot.models,
  );
  for (const { name, type, help, value } of PLACE_METRICS) {
    const family = exposition.family(`olla_model_endpoint_${name}`, type, help);
    for (const model of snapshot.models) {
      for (const place of model.endpoints) {
        const measured = value(place);
        if (measured === undefined) continue;
        family.sample({ model: model.name, endpoint: place.name }, measured);
      }
    }
  }
}

function writeOverall(exposition: Exposition, { at, models }: GatewaySnapshot): void {
  const active = models.filter(({ stats: { lastUsedAt } }) => {
    return lastUsedAt !== undefined && at - lastUsedAt <= ACTIVE_MS;
  }).length;
  const sum = (figure: "requests" | "succeeded" | "failed" | "responseBytes"): number =>
    models.reduce((total, { stats }) => total + stats[figure], 0);
  const success = roundedSuccess({ succeeded: sum("succeeded"), failed: sum("failed") });
  const figures = [
    ["total", "gauge", "Models with figures of their own.", models.length],
    ["active", "gauge", "Models requested within the last hour.", active],
    ["success_rate_percent", "gauge", "Successes among judged requests.", success],
    ["requests_total", "counter", "Requests that name a model.", sum("requests")],
    ["traffic_bytes", "counter", "Bytes of response bodies.", sum("responseBytes")],
  ] as const;
  for (const [name, type, help, value] of figures) {
    exposition.family(`olla_models_${name}`, type, help).sample({}, value);
  }
}
