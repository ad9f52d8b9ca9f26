import type { Exposition } from "./exposition.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import { roundedSuccess } from "./success-percent.ts";

/** Adds the figures over all requests. */
export function writeTrafficMetrics(exposition: Exposition, snapshot: GatewaySnapshot): void {
  const { totals, endpoints } = snapshot;
  const active = endpoints.reduce((sum, { connections }) => sum + connections, 0);
  const figures = [
    ["success_rate_percent", "gauge", "Successes among judged requests.", roundedSuccess(totals)],
    ["avg_latency_ms", "gauge", "Mean duration of successful requests.", totals.latency.averageMs],
    ["total_traffic_bytes", "gauge", "Bytes of response bodies.", totals.responseBytes],
    ["active_connections", "gauge", "Requests in flight.", active],
    ["waiting_requests", "gauge", "Requests that wait for room at an endpoint.", snapshot.waiting],
    ["requests_total", "counter", "Requests, each counted once.", totals.requests],
    ["failures_total", "counter", "Requests that failed.", totals.failed],
    ["aborted_total", "counter", "Requests whose client left.", totals.aborted],
    ["retries_total", "counter", "Sends after the first of a request.", totals.retries],
    ["input_tokens_total", "counter", "Tokens of prompts.", totals.inputTokens],
    ["output_tokens_total", "counter", "Tokens of answers.", totals.outputTokens],
    ["request_bytes_total", "counter", "Bytes of request bodies.", totals.requestBytes],
    ["response_bytes_total", "counter", "Bytes of response bodies.", totals.responseBytes],
  ] as const;
  for (const [name, type, help, value] of figures) {
    exposition.family(`olla_${name}`, type, help).sample({}, value);
  }
  writeCodes(exposition, snapshot);
}

function writeCodes(exposition: Exposition, { codes, refusals }: GatewaySnapshot): void {
  const refused = exposition.family(
    "olla_refused_total",
    "counter",
    "Requests refused before a backend was involved, per error code.",
  );
  for (const [code, requests] of refusals) refused.sample({ code }, requests);
  const errors = exposition.family(
    "olla_errors_total",
    "counter",
    "Requests per error code, refused and aborted ones included.",
  );
  for (const [code, requests] of codes) errors.sample({ code }, requests);
}
