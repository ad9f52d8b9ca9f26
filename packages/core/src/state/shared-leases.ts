import type { CountingThreads } from "./endpoint-states.ts";
import type { SharedState } from "./shared-state.ts";

/** Longest wait for a notice: a thread may have died between giving back and telling. */
const RECHECK_MS = 250;

/**
 * Counts what is limited per endpoint, such as connections, so that the limit
 * holds over all threads together. Changed with `Atomics` only.
 */
export class SharedLeases {
  readonly #capacity: number;
  readonly #taken: Int32Array;
  /** Grows with everything that is given back: what waiting threads look at. */
  readonly #given: Int32Array;
  /** Which part is whose, thread by thread. */
  readonly #held: Int32Array;
  readonly #ownRow: number;

  /** @param capacity highest number of endpoints at a time */
  constructor(shared: SharedState, name: string, capacity: number, threads: CountingThreads) {
    this.#capacity = capacity;
    this.#taken = shared.int32(`${name}.taken`, capacity);
    this.#given = shared.int32(`${name}.given`, capacity);
    this.#held = shared.int32(`${name}.held`, capacity * threads.count);
    this.#ownRow = capacity * threads.index;
  }

  /** How many are taken, over all threads. */
  count(slot: number): number {
    return Atomics.load(this.#taken, slot);
  }

  /** Takes one, unless `limit` are taken; every success is followed by one `give`. */
  take(slot: number, limit: number): boolean {
    for (;;) {
      const taken = Atomics.load(this.#taken, slot);
      if (taken >= limit) return false;
      if (Atomics.compareExchange(this.#taken, slot, taken, taken + 1) !== taken) continue;
      Atomics.add(this.#held, this.#ownRow + slot, 1);
      return true;
    }
  }

  /** Gives one back, and tells the thread that has waited longest. */
  give(slot: number): void {
    Atomics.sub(this.#held, this.#ownRow + slot, 1);
    this.#giveBack(slot, 1);
  }

  /** A value for `given`; read it before the `take` that fails. */
  moment(slot: number): number {
    return Atomics.load(this.#given, slot);
  }

  /** Resolves when something was given back since the moment, or after a quarter of a second. */
  async given(slot: number, moment: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#given, slot, moment, RECHECK_MS);
    if (waiting.async) await waiting.value;
  }

  /** Gives back what a thread took that has ended without doing so. */
  releaseAllOf(thread: number): void {
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      const left = Atomics.exchange(this.#held, thread * this.#capacity + slot, 0);
      if (left !== 0) this.#giveBack(slot, left);
    }
  }

  #giveBack(slot: number, count: number): void {
    Atomics.sub(this.#taken, slot, count);
    Atomics.add(this.#given, slot, 1);
    Atomics.notify(this.#given, slot, count);
  }
}
