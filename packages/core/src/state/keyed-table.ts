import { fnv1a32, mix32 } from "./hash.ts";
import type { SharedState } from "./shared-state.ts";

/** Most entries that share one set, and so the most compared in a look-up. */
const MAX_WAYS = 16;
/** Attempts to take a set's lock before the thread sleeps between them. */
const SPINS = 1_000;
/** Sleeps of 1 ms before the lock counts as left behind by a dead thread. */
const SLEEPS = 250;
const SECOND_START = 0x9747b28c;

const FREE = 0;
const USED = 1;

/** What a caller sees and changes of one entry while it holds the entry's set. */
export interface KeyedEntry {
  /** False for an entry that was made just now. */
  readonly found: boolean;
  /** Whole number of the caller's, 0 in a new entry. */
  number: number;
  /** Time or other quantity of the caller's, 0 in a new entry. */
  quantity: number;
  /** Time the entry was last touched before this call, in the caller's clock. */
  readonly touchedAt: number;
}

/**
 * A table of fixed size from text keys to a number and a quantity, exact across
 * threads: set-associative, least recently touched entry of a full set leaves.
 *
 * Keys are kept as 64 bits of hash. Up to 16 entries the whole table is one set,
 * so eviction is exactly least-recently-used; beyond that it is so within a set.
 */
export class KeyedTable {
  readonly capacity: number;
  readonly #sets: number;
  readonly #ways: number;
  readonly #locks: Int32Array;
  /** Per entry: use, two halves of the key's hash, number. */
  readonly #cells: Int32Array;
  /** Per entry: quantity, time touched. */
  readonly #values: Float64Array;
  /** Evictions and entries in use. */
  readonly #tally: Int32Array;

  /** @param capacity number of entries, at least 1; rounded up to a whole number of sets */
  constructor(shared: SharedState, name: string, capacity: number) {
    this.#ways = Math.max(1, Math.min(MAX_WAYS, capacity));
    this.#sets = Math.max(1, Math.ceil(capacity / this.#ways));
    this.capacity = this.#sets * this.#ways;
    this.#locks = shared.int32(`${name}.locks`, this.#sets);
    this.#cells = shared.int32(`${name}.cells`, this.capacity * 4);
    this.#values = shared.float64(`${name}.values`, this.capacity * 2);
    this.#tally = shared.int32(`${name}.tally`, 2);
  }

  /** Entries in use. */
  size(): number {
    return Atomics.load(this.#tally, 1);
  }

  /** Entries that had to leave for others since the start. */
  evictions(): number {
    return Atomics.load(this.#tally, 0);
  }

  /**
   * Runs `change` on the key's entry while no other thread can touch it.
   * The result tells what becomes of the entry.
   *
   * @param change `keep` stores what it set, `remove` frees the entry
   */
  update(key: string, now: number, change: (entry: KeyedEntry) => "keep" | "remove"): void {
    const { first, second, set } = this.#placeOf(key);
    this.#lock(set);
    try {
      this.#updateLocked(set, first, second, now, change);
    } finally {
      Atomics.store(this.#locks, set, 0);
    }
  }

  /** The key's entry as it is, untouched; undefined when there is none. */
  peek(key: string): Pick<KeyedEntry, "number" | "quantity" | "touchedAt"> | undefined {
    const { first, second, set } = this.#placeOf(key);
    this.#lock(set);
    try {
      const held = this.#find(set, first, second);
      if (held === -1) return undefined;
      return {
        number: this.#cells[held * 4 + 3] ?? 0,
        quantity: this.#values[held * 2] ?? 0,
        touchedAt: this.#values[held * 2 + 1] ?? 0,
      };
    } finally {
      Atomics.store(this.#locks, set, 0);
    }
  }

  #placeOf(key: string): { readonly first: number; readonly second: number; readonly set: number } {
    const first = fnv1a32(key);
    const second = mix32(fnv1a32(key, SECOND_START));
    return { first, second, set: (mix32(first) >>> 0) % this.#sets };
  }

  /** Frees every entry for which `leaves` holds. Visits the whole table: not for the request path. */
  sweep(leaves: (number: number, quantity: number, touchedAt: number) => boolean): number {
    let removed = 0;
    for (let set = 0; set < this.#sets; set += 1) {
      this.#lock(set);
      try {
        removed += this.#sweepLocked(set, leaves);
      } finally {
        Atomics.store(this.#locks, set, 0);
      }
    }
    return removed;
  }

  #sweepLocked(
    set: number,
    leaves: (number: number, quantity: number, touchedAt: number) => boolean,
  ): number {
    let removed = 0;
    for (let entry = set * this.#ways; entry < (set + 1) * this.#ways; entry += 1) {
      if (this.#cells[entry * 4] !== USED) continue;
      const number = this.#cells[entry * 4 + 3] ?? 0;
      const quantity = this.#values[entry * 2] ?? 0;
      const touchedAt = this.#values[entry * 2 + 1] ?? 0;
      if (!leaves(number, quantity, touchedAt)) continue;
      this.#free(entry);
      removed += 1;
    }
    return removed;
  }

  #updateLocked(
    set: number,
    first: number,
    second: number,
    now: number,
    change: (entry: KeyedEntry) => "keep" | "remove",
  ): void {
    const held = this.#find(set, first, second);
    const found = held !== -1;
    const entry: KeyedEntry = {
      found,
      number: found ? (this.#cells[held * 4 + 3] ?? 0) : 0,
      quantity: found ? (this.#values[held * 2] ?? 0) : 0,
      touchedAt: found ? (this.#values[held * 2 + 1] ?? 0) : 0,
    };
    if (change(entry) === "remove") {
      if (found) this.#free(held);
      return;
    }
    const at = found ? held : this.#claim(set);
    this.#cells[at * 4] = USED;
    this.#cells[at * 4 + 1] = first;
    this.#cells[at * 4 + 2] = second;
    this.#cells[at * 4 + 3] = entry.number;
    this.#values[at * 2] = entry.quantity;
    this.#values[at * 2 + 1] = now;
  }

  #find(set: number, first: number, second: number): number {
    for (let entry = set * this.#ways; entry < (set + 1) * this.#ways; entry += 1) {
      if (
        this.#cells[entry * 4] === USED &&
        this.#cells[entry * 4 + 1] === first &&
        this.#cells[entry * 4 + 2] === second
      )
        return entry;
    }
    return -1;
  }

  /** A free entry of the set, made by eviction when there is none. */
  #claim(set: number): number {
    let oldest = set * this.#ways;
    for (let entry = oldest; entry < (set + 1) * this.#ways; entry += 1) {
      if (this.#cells[entry * 4] === FREE) {
        Atomics.add(this.#tally, 1, 1);
        return entry;
      }
      if ((this.#values[entry * 2 + 1] ?? 0) < (this.#values[oldest * 2 + 1] ?? 0)) oldest = entry;
    }
    Atomics.add(this.#tally, 0, 1);
    return oldest;
  }

  #free(entry: number): void {
    this.#cells[entry * 4] = FREE;
    Atomics.sub(this.#tally, 1, 1);
  }

  /**
   * Spins, as a set is held for well under a microsecond, then sleeps, as its
   * holder may have lost the processor. Plain reads and writes between taking and
   * storing the lock are ordered by these atomic operations.
   */
  #lock(set: number): void {
    for (let spin = 0; spin < SPINS; spin += 1) {
      if (Atomics.compareExchange(this.#locks, set, 0, 1) === 0) return;
    }
    for (let sleep = 0; sleep < SLEEPS; sleep += 1) {
      if (Atomics.compareExchange(this.#locks, set, 0, 1) === 0) return;
      Atomics.wait(this.#locks, set, 1, 1);
    }
  }
}
