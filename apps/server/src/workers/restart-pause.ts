import type { Clock } from "@olla-ts/core/ports";

/** A thread that lived this long was well: its end is no part of a row of them. */
const LIVED_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * How long to wait before a thread is replaced: not at all at first, then twice as long
 * each time, so that one that cannot live does not keep the machine busy.
 */
export class RestartPause {
  readonly #clock: Clock;
  #lost = 0;
  #startedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** A thread began. */
  started(): void {
    this.#startedAt = this.#clock.now();
  }

  /** A thread ended. @returns milliseconds to wait */
  lost(): number {
    this.#lost = this.#clock.now() - this.#startedAt < LIVED_MS ? this.#lost + 1 : 1;
    return this.#lost === 1
      ? 0
      : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#lost - 2));
  }
}
