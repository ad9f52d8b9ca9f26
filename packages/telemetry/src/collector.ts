import type { Span } from "@olla-ts/core/ports";

/** Where spans go, and as whose. */
export interface CollectorOptions {
  /** Address of an OTLP/HTTP receiver: `http://localhost:4318/v1/traces`. */
  readonly endpoint: string;
  /** Sent with every batch; may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Longest time for one batch, repetitions included. */
  readonly timeoutMs: number;
}

/** Takes batches of spans. */
export interface Collector {
  /** Rejects when the batch was not taken. */
  send(spans: readonly Span[]): Promise<void>;
  close(): Promise<void>;
}
