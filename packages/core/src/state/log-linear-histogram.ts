import type { SharedState } from "./shared-state.ts";

/** Buckets per power of two: a value is known to within 1/16, about 6 %. */
const SUB_BUCKETS = 16;
const SUB_BITS = 4;
/** Values below this have a bucket each. */
const LINEAR_LIMIT = SUB_BUCKETS;
/** Powers of two covered above the linear part: up to 2^32. */
const OCTAVES = 28;

/** Buckets of one histogram. */
export const HISTOGRAM_BUCKETS: number = LINEAR_LIMIT + OCTAVES * SUB_BUCKETS;

/**
 * Bucket of a value: whole numbers from 0; from 2^32 on it is the last one. What
 * is negative or not a number goes into the first.
 */
export function bucketOf(value: number): number {
  // Written so that NaN ends here: further down it would give a cell of another row.
  if (!(value >= LINEAR_LIMIT)) return value > 0 ? Math.trunc(value) : 0;
  if (value >= 2 ** 32) return HISTOGRAM_BUCKETS - 1;
  const whole = value >>> 0;
  const octave = 31 - Math.clz32(whole) - SUB_BITS;
  return LINEAR_LIMIT + octave * SUB_BUCKETS + ((whole >>> octave) - SUB_BUCKETS);
}

/** Smallest value above those of a bucket. */
export function bucketLimit(bucket: number): number {
  if (bucket < LINEAR_LIMIT) return bucket + 1;
  const octave = Math.trunc((bucket - LINEAR_LIMIT) / SUB_BUCKETS);
  const sub = (bucket - LINEAR_LIMIT) % SUB_BUCKETS;
  return (SUB_BUCKETS + sub + 1) * 2 ** octave;
}

/**
 * Histograms with buckets of equal relative width (log-linear, as in HDR
 * histograms), one per row, exact across threads.
 */
export class HistogramGrid {
  readonly rows: number;
  readonly #cells: Int32Array;

  constructor(shared: SharedState, name: string, rows: number) {
    this.rows = rows;
    this.#cells = shared.int32(name, rows * HISTOGRAM_BUCKETS);
  }

  /** @param value at least 0, in whatever unit the row has */
  record(row: number, value: number): void {
    Atomics.add(this.#cells, row * HISTOGRAM_BUCKETS + bucketOf(value), 1);
  }

  /** A copy of the counts of one row, indexed by bucket. */
  counts(row: number): Uint32Array {
    const start = row * HISTOGRAM_BUCKETS;
    const counts = new Uint32Array(HISTOGRAM_BUCKETS);
    for (let bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket += 1) {
      counts[bucket] = Atomics.load(this.#cells, start + bucket);
    }
    return counts;
  }

  clear(row: number): void {
    const start = row * HISTOGRAM_BUCKETS;
    for (let bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket += 1) {
      Atomics.store(this.#cells, start + bucket, 0);
    }
  }
}

/**
 * The value below which `share` of the recorded values lie, as the upper limit
 * of its bucket; 0 when nothing was recorded.
 *
 * @param share 0 to 1, for example 0.95
 */
export function quantile(counts: Uint32Array, share: number): number {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return 0;
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return bucketLimit(bucket) - 1;
  }
  return bucketLimit(counts.length - 1) - 1;
}
