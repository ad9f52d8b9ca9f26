import { CounterGrid, type SharedState } from "@olla-ts/core";

/** What a histogram with buckets of its own is made from. */
export interface BucketCounts {
  /** Values up to each bound and above the one before; the last are those above every bound. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A histogram in a row of buckets: its bounds, and what its sum is counted in. */
export interface BucketScale {
  /** Upper bounds, rising. */
  readonly bounds: readonly number[];
  /** Parts of a unit that the sum keeps: 1,000,000 for seconds. */
  readonly precision: number;
}

interface PlacedScale extends BucketScale {
  /** Column of the first bucket. */
  readonly first: number;
}

/** Several histograms with bounds of their own in each of many rows, exact across threads. */
export class BucketGrid {
  readonly #scales: readonly PlacedScale[];
  readonly #columns: number;
  /** 32 bits each: the same bucket 4 billion times is out of reach. */
  readonly #counts: Int32Array;
  readonly #sums: CounterGrid;

  constructor(shared: SharedState, name: string, rows: number, scales: readonly BucketScale[]) {
    let columns = 0;
    this.#scales = scales.map(({ bounds, precision }) => {
      const first = columns;
      columns += bounds.length + 1;
      return { bounds, precision, first };
    });
    this.#columns = columns;
    this.#counts = shared.int32(`${name}.counts`, rows * columns);
    this.#sums = new CounterGrid(shared, `${name}.sums`, rows, scales.length);
  }

  /**
   * @param index of the scale
   * @param value at least 0
   */
  record(row: number, index: number, value: number): void {
    const scale = this.#scales[index];
    if (scale === undefined) return;
    const { bounds, precision, first } = scale;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    Atomics.add(this.#counts, row * this.#columns + first + bucket, 1);
    this.#sums.add(row, index, Math.round(value * precision));
  }

  read(row: number, index: number): BucketCounts {
    const scale = this.#scales[index];
    if (scale === undefined) return { counts: [], sum: 0 };
    const { bounds, precision, first } = scale;
    const start = row * this.#columns + first;
    const counts = Array.from(
      { length: bounds.length + 1 },
      (_, bucket) => Atomics.load(this.#counts, start + bucket) >>> 0,
    );
    return { counts, sum: this.#sums.read(row, index) / precision };
  }

  clear(row: number): void {
    this.#counts.fill(0, row * this.#columns, (row + 1) * this.#columns);
    this.#sums.clear(row);
  }
}
