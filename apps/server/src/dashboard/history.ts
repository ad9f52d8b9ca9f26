import { HISTOGRAM_BUCKETS, quantile } from "@olla-ts/core";
import type { Clock, LiveHistory, TrafficStats } from "@olla-ts/core/ports";

export interface HistoryOptions {
  readonly clock: Clock;
  readonly totals: () => TrafficStats;
  /** Counts per log-linear bucket of microseconds, since the start. */
  readonly latencies: () => { readonly durations: Uint32Array; readonly firstTokens: Uint32Array };
  readonly inFlight: () => number;
  /** Default 5 seconds. */
  readonly everyMs?: number;
  /** Default: an hour. */
  readonly keptMs?: number;
}

/** Rates of the last hour. */
export interface History {
  /** Takes one sample; call it every `everyMs`. */
  readonly sample: () => void;
  readonly everyMs: number;
  /** Samples with a number of at least `first`. */
  readonly read: (first: number) => LiveHistory;
}

interface Sample {
  readonly at: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly refused: number;
  readonly tokens: number;
  readonly inFlight: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly firstTokenP50Ms: number | null;
  readonly firstTokenP95Ms: number | null;
}

/** Makes rates of counters that only grow, by what they grew between two samples. */
export function createHistory({
  clock,
  totals,
  latencies,
  inFlight,
  everyMs = 5_000,
  keptMs = 3_600_000,
}: HistoryOptions): History {
  const capacity = Math.ceil(keptMs / everyMs);
  const ring: Sample[] = [];
  let taken = 0;
  let before = { at: clock.now(), totals: totals(), ...latencies() };

  function rate(
    now: typeof before,
    field: "succeeded" | "failed" | "refused" | "outputTokens",
  ): number {
    const seconds = Math.max(now.at - before.at, 1) / 1_000;
    return rounded((now.totals[field] - before.totals[field]) / seconds);
  }

  return {
    everyMs,
    sample() {
      const now = { at: clock.now(), totals: totals(), ...latencies() };
      const durations = grown(now.durations, before.durations);
      const firstTokens = grown(now.firstTokens, before.firstTokens);
      ring[taken % capacity] = {
        at: Math.round(clock.wallTime()),
        succeeded: rate(now, "succeeded"),
        failed: rate(now, "failed"),
        refused: rate(now, "refused"),
        tokens: rate(now, "outputTokens"),
        inFlight: inFlight(),
        p50Ms: percentileMs(durations, 0.5),
        p95Ms: percentileMs(durations, 0.95),
        firstTokenP50Ms: percentileMs(firstTokens, 0.5),
        firstTokenP95Ms: percentileMs(firstTokens, 0.95),
      };
      taken += 1;
      before = now;
    },
    read(first) {
      const from = Math.max(first, taken - ring.length);
      const samples: Sample[] = [];
      for (let number = from; number < taken; number += 1) {
        const sample = ring[number % capacity];
        if (sample !== undefined) samples.push(sample);
      }
      return {
        first: from,
        everyMs,
        at: samples.map(({ at }) => at),
        succeeded: samples.map(({ succeeded }) => succeeded),
        failed: samples.map(({ failed }) => failed),
        refused: samples.map(({ refused }) => refused),
        tokens: samples.map(({ tokens }) => tokens),
        inFlight: samples.map((sample) => sample.inFlight),
        p50Ms: samples.map(({ p50Ms }) => p50Ms),
        p95Ms: samples.map(({ p95Ms }) => p95Ms),
        firstTokenP50Ms: samples.map(({ firstTokenP50Ms }) => firstTokenP50Ms),
        firstTokenP95Ms: samples.map(({ firstTokenP95Ms }) => firstTokenP95Ms),
      };
    },
  };
}

function grown(now: Uint32Array, before: Uint32Array): Uint32Array {
  const difference = new Uint32Array(HISTOGRAM_BUCKETS);
  for (let bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket += 1) {
    difference[bucket] = (now[bucket] ?? 0) - (before[bucket] ?? 0);
  }
  return difference;
}

function percentileMs(counts: Uint32Array, share: number): number | null {
  if (counts.every((count) => count === 0)) return null;
  return rounded(quantile(counts, share) / 1_000);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
