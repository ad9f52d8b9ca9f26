import type { SpanFigures } from "@olla-ts/stats";
import { createSpanExporter } from "@olla-ts/telemetry";

import type { Foundation } from "./compose-foundation.ts";
import type { TraceSettings } from "./config/trace-settings.ts";
import { createTracing, type Tracing } from "./pipeline/tracing.ts";

/** Columns of the counts of spans, exact over all threads. */
const SPAN_COLUMN = { exported: 0, overflowed: 1, failed: 2 } as const;

/** What became of the spans of all threads; undefined when there are no traces. */
export function spanFigures(
  settings: TraceSettings | undefined,
  { spans }: Foundation,
): SpanFigures | undefined {
  if (settings === undefined) return undefined;
  return {
    exported: spans.read(0, SPAN_COLUMN.exported),
    overflowed: spans.read(0, SPAN_COLUMN.overflowed),
    failed: spans.read(0, SPAN_COLUMN.failed),
  };
}

/** Traces of the requests that one thread serves; undefined when there are none. */
export function composeTracing(
  settings: TraceSettings | undefined,
  { clock, log, random, version, spans }: Foundation,
): (Tracing & AsyncDisposable) | undefined {
  if (settings === undefined) return undefined;
  const { endpoint, headers, serviceName, timeoutMs, maxQueue, sampleRatio } = settings;
  const exporter = createSpanExporter({
    endpoint,
    headers,
    serviceName,
    serviceVersion: version,
    timeoutMs,
    maxQueue,
    clock,
    log: log.child({ component: "traces" }),
    counts: {
      exported: (count) => spans.add(0, SPAN_COLUMN.exported, count),
      overflowed: (count) => spans.add(0, SPAN_COLUMN.overflowed, count),
      failed: (count) => spans.add(0, SPAN_COLUMN.failed, count),
    },
  });
  return {
    ...createTracing({ clock, random, sampleRatio, exporter }),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}
