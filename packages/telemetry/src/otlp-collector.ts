import type { Span } from "@olla-ts/core/ports";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { createTraceState, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";

import type { Collector, CollectorOptions } from "./collector.ts";

type ReadableSpan = Parameters<OTLPTraceExporter["export"]>[0][number];

/** `ExportResultCode.SUCCESS`, whose package is not worth depending on for it. */
const SUCCESS = "0";

const KINDS: Readonly<Record<Span["kind"], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
};

/** A collector behind OpenTelemetry's own exporter, which repeats what may be repeated. */
export function createOtlpCollector({
  endpoint,
  headers,
  serviceName,
  serviceVersion,
  timeoutMs,
}: CollectorOptions): Collector {
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    concurrencyLimit: 1,
  });
  const resource = resourceFromAttributes({
    "service.name": serviceName,
    "service.version": serviceVersion,
  });
  const scope = { name: "olla", version: serviceVersion };
  return {
    send(spans) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const batch = spans.map((span) => toReadable(span, resource, scope));
      exporter.export(batch, ({ code, error }) => {
        if (`${code}` === SUCCESS) resolve();
        else reject(error ?? new Error("the collector did not take the spans"));
      });
      return promise;
    },
    close: () => exporter.shutdown(),
  };
}

function toReadable(
  span: Span,
  resource: Resource,
  scope: ReadableSpan["instrumentationScope"],
): ReadableSpan {
  const context = contextOf(span, span.spanId);
  const { parentSpanId, kind } = span;
  return {
    name: span.name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(parentSpanId !== undefined && {
      parentSpanContext: { ...contextOf(span, parentSpanId), isRemote: kind === "server" },
    }),
    startTime: toHrTime(span.startedAt),
    endTime: toHrTime(span.endedAt),
    duration: toHrTime(Math.max(0, span.endedAt - span.startedAt)),
    status: { code: span.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function contextOf({ traceId, traceState }: Span, spanId: string): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    ...(traceState !== undefined && { traceState: createTraceState(traceState) }),
  };
}

/** Seconds, and nanoseconds to the microsecond: a number of milliseconds since 1970 tells no more. */
function toHrTime(milliseconds: number): HrTime {
  const micros = Math.round(milliseconds * 1_000);
  const seconds = Math.floor(micros / 1e6);
  return [seconds, (micros - seconds * 1e6) * 1_000];
}
