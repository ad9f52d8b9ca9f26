import { z } from "zod";

import { boolean, duration, integer, share, text, textMap } from "./fields.ts";

/** Where spans go when nothing else says so: the port of OTLP over HTTP on this machine. */
export const DEFAULT_COLLECTOR = "http://localhost:4318/v1/traces";
export const DEFAULT_SERVICE_NAME = "olla";

const traces = z.object({
  enabled: boolean("Send a trace of every sampled request to an OpenTelemetry collector.", {
    default: false,
  }),
  endpoint: text(
    "Address that spans are sent to, OTLP over HTTP; without it OTEL_EXPORTER_OTLP_ENDPOINT counts.",
    { default: DEFAULT_COLLECTOR },
  ),
  headers: textMap("Fields sent to the collector, such as a key; ${VAR} is replaced.", {
    example: { Authorization: "Bearer ${OTLP_TOKEN}" },
  }),
  sample_ratio: share(
    "Share of requests that are traced; of those with a traceparent, that field decides.",
    { default: 1, example: 0.1 },
  ),
  service_name: text("Name of this gateway in traces; without it OTEL_SERVICE_NAME counts.", {
    default: DEFAULT_SERVICE_NAME,
  }),
  timeout: duration("Longest time to hand over one batch of spans, repetitions included.", {
    default: "10s",
    min: "100ms",
  }),
  max_queue: integer("Spans that wait in one thread; further ones are dropped and counted.", {
    default: 8_192,
    min: 1,
    max: 1_048_576,
    unit: "spans",
  }),
});

export const telemetrySchema = z.object({ traces: traces.prefault({}) });
