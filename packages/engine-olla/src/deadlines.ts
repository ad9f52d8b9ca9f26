import type { Clock } from "@olla-ts/core/ports";

/** Shortest and longest time between two looks at the deadlines, in milliseconds. */
const MIN_TICK_MS = 10;
const MAX_TICK_MS = 250;
/** Looks per shortest limit: an expiry is noticed at most two looks late. */
const TICKS_PER_LIMIT = 20;

/** Something that ends when a moment passes. */
export interface Timed {
  /** Reading of `Deadlines.after` or the clock; `Infinity` for never. Set it at will. */
  dueAt: number;
  /** Kept by `Deadlines`; -1 when not in there. */
  place: number;
  /** The moment passed. Called at every look until it is removed or `dueAt` moves on. */
  expire(now: number): void;
}

/**
 * Every time limit of an engine, watched by one timer.
 *
 * Moving a limit costs a field write. An `after` is never noticed early, and at
 * most two ticks late; no timer runs while nothing is watched.
 */
export class Deadlines {
  /** Time between two looks, in milliseconds. */
  readonly tickMs: number;
  readonly #clock: Clock;
  readonly #entries: Timed[] = [];
  #timer: Disposable | undefined;
  /** The clock at the last look: reading it for every chunk would cost more than the rest of the chunk. */
  #lookedAt = 0;
  #wasLate = false;

  /** @param limitsMs the limits in use, in milliseconds; zeros do not count */
  constructor(clock: Clock, limitsMs: readonly number[]) {
    const shortest = Math.min(...limitsMs.filter((limit) => limit > 0));
    this.tickMs = Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, shortest / TICKS_PER_LIMIT));
    this.#clock = clock;
  }

  /** A value for `dueAt`: so many milliseconds from now, `Infinity` for 0. */
  after(limitMs: number): number {
    // The last look may be almost a tick ago; without that tick a limit could end early.
    return limitMs === 0 ? Infinity : this.#lookedAt + this.tickMs + limitMs;
  }

  /** Watches an entry until it is removed. Comes before the entry's first `after`. */
  add(entry: Timed): void {
    if (entry.place !== -1) return;
    entry.place = this.#entries.length;
    this.#entries.push(entry);
    if (this.#timer === undefined) {
      this.#lookedAt = this.#clock.now();
      this.#schedule();
    }
  }

  remove(entry: Timed): void {
    const { place } = entry;
    if (place === -1) return;
    entry.place = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    last.place = place;
    this.#entries[place] = last;
  }

  /** Stops looking. */
  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const entry of this.#entries) entry.place = -1;
    this.#entries.length = 0;
  }

  #schedule(): void {
    this.#timer = this.#clock.schedule(() => this.#look(), this.tickMs);
  }

  #look(): void {
    const now = this.#clock.now();
    // After a long turn of the event loop, bytes that came in time are still unread in
    // the sockets: let them be read before judging. Once only, or load would end all limits.
    const isLate = now - this.#lookedAt > 3 * this.tickMs;
    this.#lookedAt = now;
    if (!isLate || this.#wasLate) this.#expire(now);
    this.#wasLate = isLate && !this.#wasLate;
    if (this.#entries.length > 0) this.#schedule();
    else this.#timer = undefined;
  }

  /** From the end, because an entry that expires is removed by moving the last one to its place. */
  #expire(now: number): void {
    for (let place = this.#entries.length - 1; place >= 0; place -= 1) {
      const entry = this.#entries[place];
      if (entry !== undefined && entry.dueAt <= now) entry.expire(now);
    }
  }
}
