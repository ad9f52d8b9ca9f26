import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";

import { until } from "./gateway.ts";

/** A span as it arrived. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A receiver of OTLP over HTTP with JSON, as an OpenTelemetry collector is one. */
export interface FakeCollector extends AsyncDisposable {
  /** Value of `telemetry.traces.endpoint`. */
  readonly endpoint: string;
  readonly spans: readonly CollectedSpan[];
  /** Bodies as they came. */
  readonly bodies: readonly string[];
  /** Header fields of every batch. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Attributes of the sender. */
  readonly resource: () => Readonly<Record<string, unknown>>;
  /** Spans of one trace, once there are so many of a name. */
  readonly trace: (
    traceId: string,
    name: string,
    count?: number,
  ) => Promise<readonly CollectedSpan[]>;
  /** Status of answers from now on; 0 is no answer at all. */
  readonly respond: (status: number) => void;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code?: number };
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

export async function startCollector(): Promise<FakeCollector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let resource: Readonly<Record<string, unknown>> = {};
  let status = 200;
  const server = createServer((request, response) => {
    headers.push(request.headers);
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (text += part));
    request.on("end", () => {
      if (status === 0) return;
      if (status === 200) {
        bodies.push(text);
        const body = JSON.parse(text) as OtlpBody;
        for (const { resource: sender, scopeSpans } of body.resourceSpans) {
          resource = toRecord(sender.attributes);
          spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => toSpan(span))));
        }
      }
      response.writeHead(status, { "Content-Type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    bodies,
    headers,
    resource: () => resource,
    async trace(traceId, name, count = 1) {
      const found = (): readonly CollectedSpan[] =>
        spans.filter((span) => span.traceId === traceId);
      await until(() => found().filter((span) => span.name === name).length >= count);
      return found();
    },
    respond(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function toSpan(span: OtlpSpan): CollectedSpan {
  const { traceId, spanId, parentSpanId, traceState, name, kind } = span;
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
    traceState,
    name,
    kind,
    startedAt: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
    endedAt: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
    failed: span.status.code === 2,
    attributes: toRecord(span.attributes),
  };
}

function toRecord(attributes: readonly OtlpAttribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain({ stringValue, intValue, doubleValue, boolValue }: OtlpValue): unknown {
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? doubleValue ?? boolValue;
}
