/** What a histogram tells, in the unit of its values. */
export interface Quantiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Steps per doubling; half a step is the largest error, so below 0.4 %. */
const STEP_BITS = 7;
const STEPS = 1 << STEP_BITS;
const LARGEST = 2 ** 31 - 1;
const CELLS = (31 - STEP_BITS + 1) * STEPS;

/** Counts whole values from 0 to 2³¹ - 1 in cells whose width grows with the value. */
export class Histogram {
  readonly #cells = new Uint32Array(CELLS);
  #count = 0;
  #sum = 0;
  #max = 0;

  add(value: number): void {
    const whole = Math.min(LARGEST, Math.max(0, Math.round(value)));
    const cell = cellOf(whole);
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
    this.#count += 1;
    this.#sum += whole;
    if (whole > this.#max) this.#max = whole;
  }

  /** Undefined when nothing was added. */
  quantiles(): Quantiles | undefined {
    if (this.#count === 0) return undefined;
    return {
      count: this.#count,
      mean: this.#sum / this.#count,
      p50: this.#quantile(0.5),
      p90: this.#quantile(0.9),
      p99: this.#quantile(0.99),
      p999: this.#quantile(0.999),
      max: this.#max,
    };
  }

  #quantile(share: number): number {
    const rank = Math.min(this.#count - 1, Math.floor(share * this.#count));
    let seen = 0;
    for (const [cell, count] of this.#cells.entries()) {
      seen += count;
      if (seen > rank) return Math.min(this.#max, middleOf(cell));
    }
    return this.#max;
  }
}

function cellOf(value: number): number {
  if (value < STEPS) return value;
  const shift = 31 - Math.clz32(value) - STEP_BITS;
  return shift * STEPS + (value >>> shift);
}

function middleOf(cell: number): number {
  if (cell < 2 * STEPS) return cell;
  const shift = Math.floor(cell / STEPS) - 1;
  return (cell - shift * STEPS) * 2 ** shift + 2 ** shift / 2;
}
