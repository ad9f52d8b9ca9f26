import type { Clock } from "@olla-ts/core/ports";

/** The window is kept in slots of one second. */
const SLOT_MS = 1_000;
const SLOTS = 10;

/** How many retries an engine may make beside its first attempts. */
export interface RetryBudgetOptions {
  readonly clock: Clock;
  /** Retries allowed per first attempt, for example 0.2. */
  readonly ratio: number;
  /** Retries per second allowed without any traffic. */
  readonly minPerSecond: number;
}

/**
 * Bounds retries to a share of the traffic of the last ten seconds, so that a
 * failing fleet is not finished off by its own retries. The form of Finagle and
 * tower: first attempts deposit, retries withdraw, both are forgotten after the
 * window, and a reserve covers times of little traffic.
 */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #ratio: number;
  readonly #reserve: number;
  /** Deposits less withdrawals of each second, in retries. */
  readonly #slots = new Float64Array(SLOTS);
  #second: number;

  constructor({ clock, ratio, minPerSecond }: RetryBudgetOptions) {
    this.#clock = clock;
    this.#ratio = ratio;
    this.#reserve = minPerSecond * SLOTS;
    this.#second = Math.floor(clock.now() / SLOT_MS);
  }

  /** Counts a first attempt. */
  deposit(): void {
    this.#add(this.#ratio);
  }

  /** Takes one retry out; false when none is left. */
  withdraw(): boolean {
    this.#forget();
    let balance = this.#reserve;
    for (const slot of this.#slots) balance += slot;
    // A ratio of 0.2 five times over is a hair less than 1.
    if (balance < 1 - 1e-9) return false;
    this.#add(-1);
    return true;
  }

  #add(amount: number): void {
    this.#forget();
    const slot = this.#second % SLOTS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + amount;
  }

  /** Clears the slots of the seconds that began since the last call. */
  #forget(): void {
    const second = Math.floor(this.#clock.now() / SLOT_MS);
    const begun = Math.min(SLOTS, second - this.#second);
    for (let back = 0; back < begun; back += 1) this.#slots[(second - back) % SLOTS] = 0;
    this.#second = second;
  }
}
