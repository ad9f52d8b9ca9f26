import type { SharedState } from "./shared-state.ts";

/**
 * Rows of 64-bit counters that only grow, exact across threads.
 *
 * Reads return numbers: exact up to 2^53.
 */
export class CounterGrid {
  readonly rows: number;
  readonly columns: number;
  readonly #cells: BigInt64Array;

  constructor(shared: SharedState, name: string, rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#cells = shared.bigint64(name, rows * columns);
  }

  /** @param amount a whole number of at least 0 */
  add(row: number, column: number, amount = 1): void {
    Atomics.add(this.#cells, row * this.columns + column, BigInt(amount));
  }

  read(row: number, column: number): number {
    return Number(Atomics.load(this.#cells, row * this.columns + column));
  }

  /** Sets a whole row to zero, for a row that gets a new meaning. */
  clear(row: number): void {
    for (let column = 0; column < this.columns; column += 1) {
      Atomics.store(this.#cells, row * this.columns + column, 0n);
    }
  }
}
