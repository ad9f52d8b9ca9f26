import type { EndpointConditions } from "../domain/decide-route.ts";
import { HEALTH_STATUSES, isRoutableStatus, type HealthStatus } from "../domain/health-status.ts";
import type { SharedState } from "./shared-state.ts";

const ROUTABLE = HEALTH_STATUSES.map((status) => isRoutableStatus(status));
const CODE = new Map(HEALTH_STATUSES.map((status, code) => [status, code]));

/** Cells of one endpoint, in this order. */
const STATUS = 0;
const IN_FLIGHT = 1;
const REFUSED_BY_BREAKER = 2;
const SUSPECT = 3;
const DRAINING = 4;
const CELLS = 5;

/** The threads that count attempts in the same memory, and which of them this one is. */
export interface CountingThreads {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

const ONE_THREAD: CountingThreads = { index: 0, count: 1 };

/**
 * Status and load of every endpoint, exact across threads. One row of cells per
 * slot, changed with `Atomics` only.
 */
export class EndpointStates implements EndpointConditions {
  readonly capacity: number;
  readonly #cells: Int32Array;
  /** Which part of the load is whose, thread by thread: what a dead thread held can be taken back. */
  readonly #held: Int32Array;
  readonly #ownRow: number;
  readonly #epoch: Int32Array;
  /** Grows with every attempt that is counted in advance, in any thread. */
  readonly #turn: Int32Array;
  /** Attempts that this thread has counted in advance, and those slots. */
  readonly #reserved: Int32Array;
  #reservedSlots: number[] = [];
  /** Whether other threads count attempts too. */
  readonly isShared: boolean;

  /** @param capacity highest number of endpoints at a time */
  constructor(shared: SharedState, capacity: number, threads: CountingThreads = ONE_THREAD) {
    this.capacity = capacity;
    this.#cells = shared.int32("endpoint.states", capacity * CELLS);
    this.#held = shared.int32("endpoint.held", capacity * threads.count);
    this.#ownRow = capacity * threads.index;
    this.#epoch = shared.int32("endpoint.epoch", 1);
    this.#turn = shared.int32("endpoint.turn", 1);
    this.#reserved = new Int32Array(capacity);
    this.isShared = threads.count > 1;
  }

  status(slot: number): HealthStatus {
    return HEALTH_STATUSES[Atomics.load(this.#cells, slot * CELLS + STATUS)] ?? "unknown";
  }

  /** @returns the status before */
  setStatus(slot: number, status: HealthStatus): HealthStatus {
    const before = Atomics.exchange(this.#cells, slot * CELLS + STATUS, CODE.get(status) ?? 0);
    Atomics.store(this.#cells, slot * CELLS + SUSPECT, 0);
    this.#changed();
    return HEALTH_STATUSES[before] ?? "unknown";
  }

  isRoutable(slot: number): boolean {
    const row = slot * CELLS;
    return (
      ROUTABLE[Atomics.load(this.#cells, row + STATUS)] === true &&
      Atomics.load(this.#cells, row + REFUSED_BY_BREAKER) === 0 &&
      Atomics.load(this.#cells, row + SUSPECT) === 0 &&
      Atomics.load(this.#cells, row + DRAINING) === 0
    );
  }

  /** Takes the endpoint out of selection until its status is set, by whoever was told of its failure. */
  suspect(slot: number): void {
    Atomics.store(this.#cells, slot * CELLS + SUSPECT, 1);
    this.#changed();
  }

  /** Undoes `suspect` where the status stayed as it was. */
  trust(slot: number): void {
    if (Atomics.exchange(this.#cells, slot * CELLS + SUSPECT, 0) === 1) this.#changed();
  }

  /** Takes the endpoint out of selection, or back in, whatever its status. Set by the breaker. */
  setRefusedByBreaker(slot: number, refused: boolean): void {
    Atomics.store(this.#cells, slot * CELLS + REFUSED_BY_BREAKER, refused ? 1 : 0);
    this.#changed();
  }

  isDraining(slot: number): boolean {
    return Atomics.load(this.#cells, slot * CELLS + DRAINING) === 1;
  }

  /** Takes the endpoint out of selection, or back in, whatever its status. Set by operators. */
  setDraining(slot: number, isDraining: boolean): void {
    const value = isDraining ? 1 : 0;
    if (Atomics.exchange(this.#cells, slot * CELLS + DRAINING, value) !== value) this.#changed();
  }

  /** Attempts begun and not yet ended. */
  inFlight(slot: number): number {
    return Atomics.load(this.#cells, slot * CELLS + IN_FLIGHT);
  }

  /** Counts an attempt; every call is followed by one `release`. */
  acquire(slot: number): void {
    const reserved = this.#reserved[slot] ?? 0;
    if (reserved > 0) this.#reserved[slot] = reserved - 1;
    else this.#count(slot);
  }

  /** A value for `reserve`; read it before the load that a selection is made by. */
  turn(): number {
    return Atomics.load(this.#turn, 0);
  }

  /**
   * Counts the attempt that is about to begin, unless another thread has reserved since the turn:
   * then the load may have changed, and the selection has to be made again. It is the next
   * `acquire` of this thread; without one before the next task, the reservation is void.
   */
  reserve(slot: number, turn: number): boolean {
    this.#count(slot);
    if (Atomics.compareExchange(this.#turn, 0, turn, turn + 1) !== turn) {
      this.release(slot);
      return false;
    }
    this.#reserved[slot] = (this.#reserved[slot] ?? 0) + 1;
    if (this.#reservedSlots.length === 0) void Promise.resolve().then(() => this.#dropReserved());
    this.#reservedSlots.push(slot);
    return true;
  }

  #dropReserved(): void {
    for (const slot of this.#reservedSlots) {
      for (let left = this.#reserved[slot] ?? 0; left > 0; left -= 1) this.release(slot);
      this.#reserved[slot] = 0;
    }
    this.#reservedSlots = [];
  }

  #count(slot: number): void {
    Atomics.add(this.#cells, slot * CELLS + IN_FLIGHT, 1);
    Atomics.add(this.#held, this.#ownRow + slot, 1);
  }

  release(slot: number): void {
    Atomics.sub(this.#cells, slot * CELLS + IN_FLIGHT, 1);
    Atomics.sub(this.#held, this.#ownRow + slot, 1);
  }

  /** Releases what a thread acquired that has ended without doing so. */
  releaseAllOf(thread: number): void {
    for (let slot = 0; slot < this.capacity; slot += 1) {
      const left = Atomics.exchange(this.#held, thread * this.capacity + slot, 0);
      if (left !== 0) Atomics.sub(this.#cells, slot * CELLS + IN_FLIGHT, left);
    }
  }

  /** Grows whenever a status or a breaker changes: what was derived from them before is stale. */
  epoch(): number {
    return Atomics.load(this.#epoch, 0);
  }

  /** Readies a slot for another endpoint. In-flight stays: requests of the former one may still end. */
  reset(slot: number): void {
    this.setStatus(slot, "unknown");
    this.setRefusedByBreaker(slot, false);
    this.setDraining(slot, false);
  }

  #changed(): void {
    Atomics.add(this.#epoch, 0, 1);
  }
}
