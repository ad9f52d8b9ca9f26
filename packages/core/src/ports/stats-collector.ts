import type { Endpoint } from "../domain/endpoint.ts";
import type { ErrorCode } from "../domain/failure.ts";
import type { GenAiOperation } from "../domain/gen-ai-operation.ts";
import type { ModelRoute } from "../domain/routing-table.ts";

/** How a request ended, once, whatever happened. */
export interface RequestOutcome {
  /** The endpoint that answered, or the last one tried. */
  readonly endpoint: Endpoint | undefined;
  /** What it asked for; undefined when it makes no tokens or vectors. */
  readonly operation: GenAiOperation | undefined;
  /** The model that served it, aliases resolved. */
  readonly model: ModelRoute | undefined;
  /** Status sent, or 499 when the client left first. */
  readonly status: number;
  /** What went wrong; undefined for a delivered answer below 500. */
  readonly code: ErrorCode | undefined;
  /** From the request line to the last byte, in milliseconds. */
  readonly durationMs: number;
  /** To the first byte of the answer; undefined when there was none. */
  readonly firstByteMs: number | undefined;
  /** To the first token; undefined when nobody can tell. */
  readonly firstTokenMs: number | undefined;
  /** While the answer was made; undefined when nobody can tell. */
  readonly tokensPerSecond: number | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Sends, the first included; 0 when nothing was sent. */
  readonly attempts: number;
  /** Tokens of the prompt as the backend counted them; 0 when it did not say. */
  readonly inputTokens: number;
  /** Tokens of the answer. */
  readonly outputTokens: number;
  /** Address of the client; empty when it was not looked at. */
  readonly client: string;
  /** Whether it went to an endpoint that does not list the model. */
  readonly fallback: boolean;
  /** The model asked for, known, but on no endpoint that could take the request. */
  readonly missedModel: ModelRoute | undefined;
  /** The model asked for, where it is known and no endpoint was sent the request. */
  readonly unsentModel: ModelRoute | undefined;
}

/** Figures of one group of requests. Times in milliseconds, 0 without traffic. */
export interface TrafficStats {
  readonly requests: number;
  readonly succeeded: number;
  /** Gateway and backend failures: 5xx and broken streams. */
  readonly failed: number;
  /** Refused before a backend was involved: 4xx of the gateway. */
  readonly refused: number;
  /** Clients that left. */
  readonly aborted: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly retries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly latency: LatencyStats;
  readonly firstByte: LatencyStats;
  /** Mean time to the first token of the answers that tell it. */
  readonly firstTokenMs: number;
  /** Over all tokens of the answers that tell their speed. */
  readonly tokensPerSecond: number;
  /** Milliseconds since 1970; undefined when never. */
  readonly lastUsedAt: number | undefined;
}

/** Of successful requests. */
export interface LatencyStats {
  readonly averageMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Counts requests. `record` is on the request path: must not await and allocates next to nothing. */
export interface StatsCollector {
  record(outcome: RequestOutcome): void;
  totals(): TrafficStats;
  endpoint(endpoint: Endpoint): TrafficStats;
  model(model: Pick<ModelRoute, "slot">): TrafficStats;
  /** Requests per code since the start; codes that never occurred are absent. */
  codes(): ReadonlyMap<ErrorCode, number>;
}
