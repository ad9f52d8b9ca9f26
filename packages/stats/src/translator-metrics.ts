import type { TranslatorFigures } from "@olla-ts/core/ports";

import type { Exposition } from "./exposition.ts";
import { type Metric, writeMetricTable } from "./metric-table.ts";
import { roundedSuccess } from "./success-percent.ts";

const METRICS: readonly Metric<TranslatorFigures>[] = [
  {
    name: "requests_total",
    type: "counter",
    help: "Requests in the dialect of the translator, or that it had to translate.",
    value: ({ traffic }) => traffic.requests,
  },
  {
    name: "successful_requests_total",
    type: "counter",
    help: "Requests that succeeded.",
    value: ({ traffic }) => traffic.succeeded,
  },
  {
    name: "failed_requests_total",
    type: "counter",
    help: "Requests that failed.",
    value: ({ traffic }) => traffic.failed,
  },
  {
    name: "passthrough_requests_total",
    type: "counter",
    help: "Requests that a backend served as they came.",
    value: ({ passthrough }) => passthrough,
  },
  {
    name: "translation_requests_total",
    type: "counter",
    help: "Requests that no backend served as they came.",
    value: ({ translated }) => translated,
  },
  {
    name: "streaming_requests_total",
    type: "counter",
    help: "Requests for a stream.",
    value: ({ streaming }) => streaming,
  },
  {
    name: "input_tokens_total",
    type: "counter",
    help: "Tokens of prompts.",
    value: ({ traffic }) => traffic.inputTokens,
  },
  {
    name: "output_tokens_total",
    type: "counter",
    help: "Tokens of answers.",
    value: ({ traffic }) => traffic.outputTokens,
  },
  {
    name: "success_rate_percent",
    type: "gauge",
    help: "Successes among judged requests.",
    value: ({ traffic }) => roundedSuccess(traffic),
  },
  {
    name: "avg_latency_ms",
    type: "gauge",
    help: "Mean duration of successful requests.",
    value: ({ traffic }) => traffic.latency.averageMs,
  },
  {
    name: "avg_time_to_first_token_ms",
    type: "gauge",
    help: "Mean time to the first token of successful streams.",
    value: ({ firstToken }) => firstToken.averageMs,
  },
];

/** Adds the figures of every translator in use. */
export function writeTranslatorMetrics(
  exposition: Exposition,
  translators: readonly TranslatorFigures[],
): void {
  writeMetricTable(
    exposition,
    { prefix: "olla_translator_", metrics: METRICS, label: "translator" },
    translators,
  );
  const responses = exposition.family(
    "olla_translator_responses_total",
    "counter",
    "Answers by class of their status.",
  );
  const fallbacks = exposition.family(
    "olla_translator_fallbacks_total",
    "counter",
    "Requests that were not passed through, by reason.",
  );
  const dropped = exposition.family(
    "olla_translator_dropped_fields_total",
    "counter",
    "Requests that lost a field in translation, by field.",
  );
  for (const { name: translator, ...figures } of translators) {
    for (const [status, count] of Object.entries(figures.statuses))
      responses.sample({ translator, status }, count);
    for (const [reason, count] of Object.entries(figures.fallbacks))
      fallbacks.sample({ translator, reason }, count);
    for (const [field, count] of figures.dropped) dropped.sample({ translator, field }, count);
  }
}
