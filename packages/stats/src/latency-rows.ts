import { CounterGrid, HistogramGrid, quantile, type SharedState } from "@olla-ts/core";
import type { LatencyStats } from "@olla-ts/core/ports";

import { ExtremeGrid } from "./extreme-grid.ts";

const MICROS_PER_MS = 1_000;

/** What a Prometheus histogram is made from. */
export interface Distribution {
  /** Counts per log-linear bucket (`bucketLimit` of core), of values in microseconds. */
  readonly counts: Uint32Array;
  /** Sum of the values, in seconds. */
  readonly sumSeconds: number;
}

/** Latencies without any request. */
export const NO_LATENCY: LatencyStats = {
  averageMs: 0,
  minMs: 0,
  maxMs: 0,
  p50Ms: 0,
  p95Ms: 0,
  p99Ms: 0,
};

/**
 * Latencies of many groups of requests, a row each, exact across threads. Kept
 * in microseconds: the sum without limit, extremes and percentiles up to 2^32
 * of them, which is 71 minutes.
 */
export class LatencyRows {
  readonly #sums: CounterGrid;
  readonly #histograms: HistogramGrid;
  readonly #extremes: ExtremeGrid;

  constructor(shared: SharedState, name: string, rows: number) {
    this.#sums = new CounterGrid(shared, `${name}.sum`, rows, 1);
    this.#histograms = new HistogramGrid(shared, `${name}.histogram`, rows);
    this.#extremes = new ExtremeGrid(shared, `${name}.extremes`, rows);
  }

  /** @param durationMs in milliseconds; what is negative or not a number counts as 0 */
  record(row: number, durationMs: number): void {
    const rounded = Math.round(durationMs * MICROS_PER_MS);
    const micros = rounded > 0 ? Math.min(rounded, Number.MAX_SAFE_INTEGER) : 0;
    this.#sums.add(row, 0, micros);
    this.#histograms.record(row, micros);
    this.#extremes.record(row, micros);
  }

  read(row: number): LatencyStats {
    const counts = this.#histograms.counts(row);
    const recorded = total(counts);
    if (recorded === 0) return NO_LATENCY;
    const min = this.#extremes.min(row);
    const max = this.#extremes.max(row);
    // A bucket's limit may lie beyond the largest value in it.
    const percentileMs = (share: number): number =>
      Math.min(Math.max(quantile(counts, share), min), max) / MICROS_PER_MS;
    return {
      averageMs: this.#sums.read(row, 0) / recorded / MICROS_PER_MS,
      minMs: min / MICROS_PER_MS,
      maxMs: max / MICROS_PER_MS,
      p50Ms: percentileMs(0.5),
      p95Ms: percentileMs(0.95),
      p99Ms: percentileMs(0.99),
    };
  }

  distribution(row: number): Distribution {
    return {
      counts: this.#histograms.counts(row),
      sumSeconds: this.#sums.read(row, 0) / 1_000_000,
    };
  }

  clear(row: number): void {
    this.#sums.clear(row);
    this.#histograms.clear(row);
    this.#extremes.clear(row);
  }
}

function total(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
