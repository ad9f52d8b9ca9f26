import { CounterGrid, type SharedState } from "@olla-ts/core";

import type { OutcomeClass } from "./outcome-class.ts";

/** Requests for one model that one endpoint served. */
export interface ModelAtEndpoint {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Mean duration of the successful ones in milliseconds, 0 without any. */
  readonly averageMs: number;
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number;
}

export interface ModelEndpointRowsOptions {
  /** Memory of the rows; the same in every thread that counts. */
  readonly shared: SharedState;
  /** Pairs that have figures of their own; about 60 bytes each. Equal in every thread. */
  readonly capacity: number;
}

const COLUMN = { requests: 0, succeeded: 1, failed: 2, microseconds: 3 } as const;
const COLUMNS = Object.keys(COLUMN).length;

/** Rows looked at for a pair before it goes uncounted. */
const PROBES = 16;
const ENDPOINT_BITS = 12;
const FREE = 0;

/**
 * Figures per pair of model and endpoint, made for a pair when it is first used.
 * A pair that finds no free row has none.
 */
export class ModelEndpointRows {
  readonly capacity: number;
  readonly #pairs: Int32Array;
  readonly #counters: CounterGrid;
  readonly #failuresInARow: Int32Array;
  readonly #lastUsed: Float64Array;

  constructor({ shared, capacity }: ModelEndpointRowsOptions) {
    this.capacity = capacity;
    this.#pairs = shared.int32("stats.pairs", capacity);
    this.#counters = new CounterGrid(shared, "stats.pairs.counters", capacity, COLUMNS);
    this.#failuresInARow = shared.int32("stats.pairs.failures", capacity);
    this.#lastUsed = shared.float64("stats.pairs.last-used", capacity);
  }

  /**
   * @param durationMs counts when it succeeded
   * @param wallTime milliseconds since 1970
   */
  record(
    model: number,
    endpoint: number,
    result: OutcomeClass,
    durationMs: number,
    wallTime: number,
  ): void {
    const row = this.#rowOf(model, endpoint, true);
    if (row === undefined) return;
    this.#counters.add(row, COLUMN.requests);
    if (result === "succeeded") {
      this.#counters.add(row, COLUMN.succeeded);
      this.#counters.add(row, COLUMN.microseconds, Math.round(durationMs * 1_000));
      Atomics.store(this.#failuresInARow, row, 0);
    } else if (result === "failed") {
      this.#counters.add(row, COLUMN.failed);
      Atomics.add(this.#failuresInARow, row, 1);
    }
    this.#lastUsed[row] = wallTime;
  }

  /** Undefined when the endpoint never served the model. */
  read(model: number, endpoint: number): ModelAtEndpoint | undefined {
    const row = this.#rowOf(model, endpoint, false);
    if (row === undefined) return undefined;
    const requests = this.#counters.read(row, COLUMN.requests);
    if (requests === 0) return undefined;
    const succeeded = this.#counters.read(row, COLUMN.succeeded);
    const microseconds = this.#counters.read(row, COLUMN.microseconds);
    return {
      requests,
      succeeded,
      failed: this.#counters.read(row, COLUMN.failed),
      averageMs: succeeded === 0 ? 0 : microseconds / 1_000 / succeeded,
      consecutiveFailures: Atomics.load(this.#failuresInARow, row),
      lastUsedAt: this.#lastUsed[row] ?? 0,
    };
  }

  /** Rows that have a pair. Visits them all: not for the request path. */
  size(): number {
    return this.#pairs.reduce((used, pair) => used + (pair === FREE ? 0 : 1), 0);
  }

  /** Sets the figures of every pair with the model to zero; the rows stay theirs. */
  forgetModel(model: number): void {
    this.#clear((pair) => pair >>> ENDPOINT_BITS === model);
  }

  /** The same for an endpoint. */
  forgetEndpoint(endpoint: number): void {
    this.#clear((pair) => (pair & ((1 << ENDPOINT_BITS) - 1)) === endpoint);
  }

  #clear(concerned: (pair: number) => boolean): void {
    for (const [row, held] of this.#pairs.entries()) {
      if (held === FREE || !concerned(held - 1)) continue;
      this.#counters.clear(row);
      Atomics.store(this.#failuresInARow, row, 0);
      this.#lastUsed[row] = 0;
    }
  }

  #rowOf(model: number, endpoint: number, claim: boolean): number | undefined {
    if (endpoint >= 1 << ENDPOINT_BITS || model >= 1 << (30 - ENDPOINT_BITS)) return undefined;
    const pair = ((model << ENDPOINT_BITS) | endpoint) + 1;
    // Multiplying by an odd number spreads neighbouring slots over the rows.
    const start = (Math.imul(pair, 0x9e3779b1) >>> 0) % this.capacity;
    for (let probe = 0; probe < Math.min(PROBES, this.capacity); probe += 1) {
      const row = (start + probe) % this.capacity;
      const held = claim
        ? Atomics.compareExchange(this.#pairs, row, FREE, pair)
        : Atomics.load(this.#pairs, row);
      if (held === pair || (claim && held === FREE)) return row;
      if (held === FREE) return undefined;
    }
    return undefined;
  }
}
