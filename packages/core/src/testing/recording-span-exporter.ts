import type { Span, SpanExporter } from "../ports/span-exporter.ts";

/** A span of a request that took a second. */
export function makeSpan(over: Partial<Span> = {}): Span {
  return {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    parentSpanId: undefined,
    traceState: undefined,
    name: "chat",
    kind: "server",
    startedAt: 1_000,
    endedAt: 2_000,
    attributes: {},
    failed: false,
    ...over,
  };
}

/** An exporter that keeps every span for a test to read. */
export interface RecordingSpanExporter extends SpanExporter {
  readonly spans: readonly Span[];
}

/** @see RecordingSpanExporter */
export function createRecordingSpanExporter(): RecordingSpanExporter {
  const spans: Span[] = [];
  return {
    spans,
    export: (added) => void spans.push(...added),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
