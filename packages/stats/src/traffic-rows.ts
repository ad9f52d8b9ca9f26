import { CounterGrid, HISTOGRAM_BUCKETS, type SharedState } from "@olla-ts/core";
import type { RequestOutcome, TrafficStats } from "@olla-ts/core/ports";

import { type Distribution, LatencyRows, NO_LATENCY } from "./latency-rows.ts";
import type { OutcomeClass } from "./outcome-class.ts";

/** Counters of one row. The first four are the classes: their sum is the number of requests. */
const COLUMN = {
  succeeded: 0,
  failed: 1,
  refused: 2,
  aborted: 3,
  requestBytes: 4,
  responseBytes: 5,
  retries: 6,
  inputTokens: 7,
  outputTokens: 8,
  firstTokens: 9,
  firstTokenMicros: 10,
  timedTokens: 11,
  timedMicros: 12,
} as const;

/** Latencies of the successful requests of one row. */
export interface TrafficDistributions {
  /** From the request line to the last byte. */
  readonly durations: Distribution;
  /** To the first byte of the answer. */
  readonly firstBytes: Distribution;
}

/** Figures without any request. */
export const NO_TRAFFIC: TrafficStats = {
  requests: 0,
  succeeded: 0,
  failed: 0,
  refused: 0,
  aborted: 0,
  requestBytes: 0,
  responseBytes: 0,
  retries: 0,
  inputTokens: 0,
  outputTokens: 0,
  latency: NO_LATENCY,
  firstByte: NO_LATENCY,
  firstTokenMs: 0,
  tokensPerSecond: 0,
  lastUsedAt: undefined,
};

const NO_DISTRIBUTION: Distribution = {
  counts: new Uint32Array(HISTOGRAM_BUCKETS),
  sumSeconds: 0,
};

/** Latencies without any request. */
export const NO_DISTRIBUTIONS: TrafficDistributions = {
  durations: NO_DISTRIBUTION,
  firstBytes: NO_DISTRIBUTION,
};

/** Figures of many groups of requests, a row each, exact across threads. */
export class TrafficRows {
  readonly #counters: CounterGrid;
  readonly #durations: LatencyRows;
  readonly #firstBytes: LatencyRows;
  /** Milliseconds since 1970, 0 for never. */
  readonly #lastUsed: BigInt64Array;

  constructor(shared: SharedState, name: string, rows: number) {
    this.#counters = new CounterGrid(shared, `${name}.counters`, rows, Object.keys(COLUMN).length);
    this.#durations = new LatencyRows(shared, `${name}.duration`, rows);
    this.#firstBytes = new LatencyRows(shared, `${name}.first-byte`, rows);
    this.#lastUsed = shared.bigint64(`${name}.last-used`, rows);
  }

  /** @param wallTime milliseconds since 1970, for `lastUsedAt` */
  record(row: number, outcome: RequestOutcome, result: OutcomeClass, wallTime: bigint): void {
    const { requestBytes, responseBytes, attempts, firstByteMs } = outcome;
    const { inputTokens, outputTokens } = outcome;
    if (result === "succeeded") {
      this.#durations.record(row, outcome.durationMs);
      if (firstByteMs !== undefined) this.#firstBytes.record(row, firstByteMs);
    }
    if (requestBytes > 0) this.#counters.add(row, COLUMN.requestBytes, requestBytes);
    if (responseBytes > 0) this.#counters.add(row, COLUMN.responseBytes, responseBytes);
    if (attempts > 1) this.#counters.add(row, COLUMN.retries, attempts - 1);
    if (inputTokens > 0) this.#counters.add(row, COLUMN.inputTokens, inputTokens);
    if (outputTokens > 0) this.#counters.add(row, COLUMN.outputTokens, outputTokens);
    this.#recordSpeed(row, outcome);
    this.#counters.add(row, COLUMN[result]);
    Atomics.store(this.#lastUsed, row, wallTime);
  }

  #recordSpeed(row: number, { firstTokenMs, tokensPerSecond, outputTokens }: RequestOutcome): void {
    if (firstTokenMs !== undefined) {
      this.#counters.add(row, COLUMN.firstTokens);
      this.#counters.add(row, COLUMN.firstTokenMicros, Math.round(firstTokenMs * 1_000));
    }
    if (tokensPerSecond === undefined || tokensPerSecond <= 0 || outputTokens <= 0) return;
    this.#counters.add(row, COLUMN.timedTokens, outputTokens);
    const micros = Math.round((outputTokens / tokensPerSecond) * 1e6);
    this.#counters.add(row, COLUMN.timedMicros, micros);
  }

  #ratio(row: number, amount: number, per: number): number {
    const divisor = this.#counters.read(row, per);
    return divisor === 0 ? 0 : this.#counters.read(row, amount) / divisor;
  }

  read(row: number): TrafficStats {
    const succeeded = this.#counters.read(row, COLUMN.succeeded);
    const failed = this.#counters.read(row, COLUMN.failed);
    const refused = this.#counters.read(row, COLUMN.refused);
    const aborted = this.#counters.read(row, COLUMN.aborted);
    const lastUsed = Number(Atomics.load(this.#lastUsed, row));
    return {
      requests: succeeded + failed + refused + aborted,
      succeeded,
      failed,
      refused,
      aborted,
      requestBytes: this.#counters.read(row, COLUMN.requestBytes),
      responseBytes: this.#counters.read(row, COLUMN.responseBytes),
      retries: this.#counters.read(row, COLUMN.retries),
      inputTokens: this.#counters.read(row, COLUMN.inputTokens),
      outputTokens: this.#counters.read(row, COLUMN.outputTokens),
      latency: this.#durations.read(row),
      firstByte: this.#firstBytes.read(row),
      firstTokenMs: this.#ratio(row, COLUMN.firstTokenMicros, COLUMN.firstTokens) / 1_000,
      tokensPerSecond: this.#ratio(row, COLUMN.timedTokens, COLUMN.timedMicros) * 1e6,
      lastUsedAt: lastUsed === 0 ? undefined : lastUsed,
    };
  }

  distributions(row: number): TrafficDistributions {
    return {
      durations: this.#durations.distribution(row),
      firstBytes: this.#firstBytes.distribution(row),
    };
  }

  clear(row: number): void {
    this.#counters.clear(row);
    this.#durations.clear(row);
    this.#firstBytes.clear(row);
    Atomics.store(this.#lastUsed, row, 0n);
  }
}
