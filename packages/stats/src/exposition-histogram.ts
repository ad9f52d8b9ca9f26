import { bucketLimit } from "@olla-ts/core";

import type { BucketCounts } from "./bucket-grid.ts";
import { writeSample, writeValue } from "./exposition-format.ts";
import type { Distribution } from "./latency-rows.ts";

const MICROS_PER_SECOND = 1_000_000;

/**
 * Upper bounds of the buckets of every histogram, in seconds: from a cached
 * answer to a long generation.
 */
export const DURATION_BOUNDS_SECONDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];

/** Both together, as if recorded into one. */
export function mergeDistributions(one: Distribution, other: Distribution): Distribution {
  return {
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)),
    sumSeconds: one.sumSeconds + other.sumSeconds,
  };
}

/** The same for counts in buckets. */
export function addCounts(one: BucketCounts, other: BucketCounts): BucketCounts {
  return {
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)),
    sum: one.sum + other.sum,
  };
}

/** The lines of a histogram with bounds of its own, without a final newline. */
export function writeBuckets(
  name: string,
  labels: string,
  bounds: readonly number[],
  { counts, sum }: BucketCounts,
): string {
  const prefix = labels === "" ? "" : `${labels},`;
  let below = 0;
  const lines = [...bounds, Infinity].map((bound, bucket) => {
    below += counts[bucket] ?? 0;
    return writeSample(`${name}_bucket`, `${prefix}le="${writeValue(bound)}"`, below);
  });
  lines.push(writeSample(`${name}_sum`, labels, sum), writeSample(`${name}_count`, labels, below));
  return lines.join("\n");
}

/**
 * The lines of one histogram, without a final newline. A bucket of the
 * distribution that straddles a bound counts above it, so a value up to 1/16
 * below a bound may appear in the next bucket.
 */
export function writeHistogram(name: string, labels: string, distribution: Distribution): string {
  const { counts, sumSeconds } = distribution;
  const prefix = labels === "" ? "" : `${labels},`;
  const lines: string[] = [];
  let bucket = 0;
  let below = 0;
  for (const bound of DURATION_BOUNDS_SECONDS) {
    // The largest value of a bucket is one less than its limit.
    while (bucket < counts.length && bucketLimit(bucket) - 1 <= bound * MICROS_PER_SECOND) {
      below += counts[bucket] ?? 0;
      bucket += 1;
    }
    lines.push(writeSample(`${name}_bucket`, `${prefix}le="${writeValue(bound)}"`, below));
  }
  const count = counts.reduce((sum, one) => sum + one, 0);
  lines.push(
    writeSample(`${name}_bucket`, `${prefix}le="+Inf"`, count),
    writeSample(`${name}_sum`, labels, sumSeconds),
    writeSample(`${name}_count`, labels, count),
  );
  return lines.join("\n");
}
