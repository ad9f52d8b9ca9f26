/** One timed part of a request, as plain data. Holds nothing of prompts and answers. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Undefined for the first one of a trace. */
  readonly parentSpanId: string | undefined;
  /** Value of the `tracestate` field that came with the request. */
  readonly traceState: string | undefined;
  readonly name: string;
  /** A request that was received, one that was sent, or neither. */
  readonly kind: "server" | "client" | "internal";
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: SpanAttributes;
  readonly failed: boolean;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Where spans go. Disposing hands over what waits, for a bounded time. */
export interface SpanExporter extends AsyncDisposable {
  /** Takes the spans of one request. Called on the request path: neither waits nor throws. */
  export(spans: readonly Span[]): void;
}
