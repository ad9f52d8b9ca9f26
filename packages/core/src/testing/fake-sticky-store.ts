import type { Clock } from "../ports/clock.ts";
import type { StickyStats, StickyStore } from "../ports/sticky-store.ts";
import { ManualClock } from "./manual-clock.ts";

interface Pin {
  readonly slot: number;
  readonly touchedAt: number;
}

export interface FakeStickyStoreOptions {
  /** Default: one that stands still. */
  readonly clock?: Clock;
  /** Default 1000. */
  readonly maxSessions?: number;
  /** Default 0: never expires. */
  readonly idleTtlSeconds?: number;
}

/** A store in the memory of one thread, exact and without surprises: it keeps the contract. */
export class FakeStickyStore implements StickyStore {
  /** In order of use, the least recent first. */
  readonly #pins: Map<string, Pin> = new Map();
  readonly #clock: Clock;
  readonly #maxSessions: number;
  readonly #idleTtlSeconds: number;
  #insertions = 0;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor({
    clock = new ManualClock(),
    maxSessions = 1_000,
    idleTtlSeconds = 0,
  }: FakeStickyStoreOptions = {}) {
    this.#clock = clock;
    this.#maxSessions = maxSessions;
    this.#idleTtlSeconds = idleTtlSeconds;
  }

  find(key: string): number | undefined {
    this.#expire();
    const pin = this.#pins.get(key);
    if (pin === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    this.#put(key, pin.slot);
    return pin.slot;
  }

  peek(key: string): number | undefined {
    const pin = this.#pins.get(key);
    if (pin === undefined || this.#idleTtlSeconds === 0) return pin?.slot;
    const latest = this.#clock.now() - this.#idleTtlSeconds * 1_000;
    return pin.touchedAt <= latest ? undefined : pin.slot;
  }

  pin(key: string, slot: number): void {
    this.#expire();
    if (!this.#pins.has(key)) this.#insertions += 1;
    this.#put(key, slot);
    const [oldest] = this.#pins.keys();
    if (this.#pins.size > this.#maxSessions && oldest !== undefined) this.#evict(oldest);
  }

  purge(slot: number): void {
    for (const [key, pin] of this.#pins) {
      if (pin.slot === slot) this.#evict(key);
    }
  }

  stats(): StickyStats {
    this.#expire();
    return {
      activeSessions: this.#pins.size,
      insertions: this.#insertions,
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      maxSessions: this.#maxSessions,
      idleTtlSeconds: this.#idleTtlSeconds,
    };
  }

  #put(key: string, slot: number): void {
    this.#pins.delete(key); // a key set again keeps its place in the order otherwise
    this.#pins.set(key, { slot, touchedAt: this.#clock.now() });
  }

  #expire(): void {
    if (this.#idleTtlSeconds === 0) return;
    const latest = this.#clock.now() - this.#idleTtlSeconds * 1_000;
    for (const [key, pin] of this.#pins) {
      if (pin.touchedAt <= latest) this.#evict(key);
    }
  }

  #evict(key: string): void {
    this.#pins.delete(key);
    this.#evictions += 1;
  }
}
