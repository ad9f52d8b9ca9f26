import type { SharedState } from "@olla-ts/core";

/** Largest value kept. */
const LIMIT = 2 ** 32 - 1;
const MAX = 0;
/** Holds `LIMIT` minus the smallest value, so that both cells only grow and 0 is "none yet". */
const MIN_COMPLEMENT = 1;
const CELLS = 2;

/**
 * Smallest and largest value of many rows, exact across threads. Whole numbers
 * from 0; those above 2^32 - 1 are kept as that.
 */
export class ExtremeGrid {
  readonly #cells: Int32Array;

  constructor(shared: SharedState, name: string, rows: number) {
    this.#cells = shared.int32(name, rows * CELLS);
  }

  record(row: number, value: number): void {
    const kept = Math.min(value, LIMIT);
    this.#raise(row * CELLS + MAX, kept);
    this.#raise(row * CELLS + MIN_COMPLEMENT, LIMIT - kept);
  }

  /** The largest value; 0 when there is none. */
  max(row: number): number {
    return this.#unsigned(row * CELLS + MAX);
  }

  /** The smallest value; meaningless when there is none. */
  min(row: number): number {
    return LIMIT - this.#unsigned(row * CELLS + MIN_COMPLEMENT);
  }

  clear(row: number): void {
    Atomics.store(this.#cells, row * CELLS + MAX, 0);
    Atomics.store(this.#cells, row * CELLS + MIN_COMPLEMENT, 0);
  }

  #unsigned(cell: number): number {
    return Atomics.load(this.#cells, cell) >>> 0;
  }

  /** The cell becomes the larger of itself and `value`, both read as unsigned. */
  #raise(cell: number, value: number): void {
    let held = Atomics.load(this.#cells, cell);
    while (held >>> 0 < value) {
      const before = Atomics.compareExchange(this.#cells, cell, held, value | 0);
      if (before === held) return;
      held = before;
    }
  }
}
