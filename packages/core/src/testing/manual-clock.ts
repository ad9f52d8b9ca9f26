import type { Clock } from "../ports/clock.ts";

interface Scheduled {
  readonly callback: () => void;
  readonly dueAt: number;
  readonly order: number;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #wallStart: number;
  readonly #start: number;
  #scheduled: Scheduled[] = [];
  #order = 0;

  /** @param wallTime milliseconds since 1970 at the start; `now()` starts at 0 */
  constructor(wallTime: number = Date.UTC(2026, 0, 1)) {
    this.#now = 0;
    this.#start = 0;
    this.#wallStart = wallTime;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wallStart + (this.#now - this.#start);
  }

  schedule(callback: () => void, delayMs: number): Disposable {
    const entry = { callback, dueAt: this.#now + Math.max(0, delayMs), order: this.#order++ };
    this.#scheduled.push(entry);
    return {
      [Symbol.dispose]: () => {
        this.#scheduled = this.#scheduled.filter((other) => other !== entry);
      },
    };
  }

  /** Callbacks waiting. */
  get pending(): number {
    return this.#scheduled.length;
  }

  /** Moves time on and runs what falls due, in order of due time, then of scheduling. */
  advance(byMs: number): void {
    const end = this.#now + byMs;
    for (;;) {
      const due = this.#scheduled
        .filter((entry) => entry.dueAt <= end)
        .toSorted((a, b) => a.dueAt - b.dueAt || a.order - b.order)[0];
      if (due === undefined) break;
      this.#scheduled = this.#scheduled.filter((entry) => entry !== due);
      this.#now = Math.max(this.#now, due.dueAt);
      due.callback();
    }
    this.#now = end;
  }

  /**
   * Moves time on in steps and lets promises settle in between, for code that
   * awaits between two timers.
   */
  async advanceAsync(byMs: number, stepMs: number = byMs): Promise<void> {
    await settle();
    for (let moved = 0; moved < byMs; moved += stepMs) {
      this.advance(Math.min(stepMs, byMs - moved));
      await settle();
    }
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
