import type { EndpointConditions } from "../domain/decide-route.ts";
import { HEALTH_STATUSES, isRoutableStatus, type HealthStatus } from "../domain/health-status.ts";
import type { SharedState } from "./shared-state.ts";

const ROUTABLE = HEALTH_STATUSES.map((status) => isRoutableStatus(status));
const CODE = new Map(HEALTH_STATUSES.map((status, code) => [status, code]));

/** Cells of one endpoint, in this order. */
const STATUS = 0;
const IN_FLIGHT = 1;
const REFUSED_BY_BREAKER = 2;
const CELLS = 4;

/**
 * Status and load of every endpoint, exact across threads. One row of cells per
 * slot, changed with `Atomics` only.
 */
export class EndpointStates implements EndpointConditions {
  readonly capacity: number;
  readonly #cells: Int32Array;
  readonly #epoch: Int32Array;

  /** @param capacity highest number of endpoints at a time */
  constructor(shared: SharedState, capacity: number) {
    this.capacity = capacity;
    this.#cells = shared.int32("endpoint.states", capacity * CELLS);
    this.#epoch = shared.int32("endpoint.epoch", 1);
  }

  status(slot: number): HealthStatus {
    return HEALTH_STATUSES[Atomics.load(this.#cells, slot * CELLS + STATUS)] ?? "unknown";
  }

  /** @returns the status before */
  setStatus(slot: number, status: HealthStatus): HealthStatus {
    const before = Atomics.exchange(this.#cells, slot * CELLS + STATUS, CODE.get(status) ?? 0);
    this.#changed();
    return HEALTH_STATUSES[before] ?? "unknown";
  }

  isRoutable(slot: number): boolean {
    const row = slot * CELLS;
    return (
      ROUTABLE[Atomics.load(this.#cells, row + STATUS)] === true &&
      Atomics.load(this.#cells, row + REFUSED_BY_BREAKER) === 0
    );
  }

  /** Takes the endpoint out of selection, or back in, whatever its status. Set by the breaker. */
  setRefusedByBreaker(slot: number, refused: boolean): void {
    Atomics.store(this.#cells, slot * CELLS + REFUSED_BY_BREAKER, refused ? 1 : 0);
    this.#changed();
  }

  /** Attempts begun and not yet ended. */
  inFlight(slot: number): number {
    return Atomics.load(this.#cells, slot * CELLS + IN_FLIGHT);
  }

  /** Counts an attempt; every call is followed by one `release`. */
  acquire(slot: number): void {
    Atomics.add(this.#cells, slot * CELLS + IN_FLIGHT, 1);
  }

  release(slot: number): void {
    Atomics.sub(this.#cells, slot * CELLS + IN_FLIGHT, 1);
  }

  /** Grows whenever a status or a breaker changes: what was derived from them before is stale. */
  epoch(): number {
    return Atomics.load(this.#epoch, 0);
  }

  /** Readies a slot for another endpoint. In-flight stays: requests of the former one may still end. */
  reset(slot: number): void {
    this.setStatus(slot, "unknown");
    this.setRefusedByBreaker(slot, false);
  }

  #changed(): void {
    Atomics.add(this.#epoch, 0, 1);
  }
}
