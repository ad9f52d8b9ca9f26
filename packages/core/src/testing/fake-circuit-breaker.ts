import type { Endpoint } from "../domain/endpoint.ts";
import type { BreakerState, CircuitBreaker } from "../ports/circuit-breaker.ts";
import type { Clock } from "../ports/clock.ts";
import type { EndpointStates } from "../state/endpoint-states.ts";
import { ManualClock } from "./manual-clock.ts";

export interface FakeCircuitBreakerOptions {
  /** Default: one that stands still. */
  readonly clock?: Clock;
  /** Kept in step when given. */
  readonly states?: EndpointStates;
  /** Default 5. */
  readonly threshold?: number;
  /** In milliseconds; default 30 000. */
  readonly openMs?: number;
}

/** What was reported, in order. */
export interface BreakerResult {
  readonly endpoint: Endpoint;
  readonly ticket: number;
  readonly result: "success" | "failure" | "abandoned";
}

export interface FakeCircuitBreaker extends CircuitBreaker {
  readonly results: readonly BreakerResult[];
  /** Opens it without failures. */
  open(endpoint: Endpoint): void;
}

interface Row {
  state: BreakerState;
  failures: number;
  /** End of the time in which nothing is admitted. */
  refusedUntil: number;
  ticket: number;
}

/** A breaker of one thread that keeps what was reported. */
export function createFakeCircuitBreaker({
  clock = new ManualClock(),
  states,
  threshold = 5,
  openMs = 30_000,
}: FakeCircuitBreakerOptions = {}): FakeCircuitBreaker {
  const rows = new Map<number, Row>();
  const results: BreakerResult[] = [];
  let tickets = 0;

  function rowOf({ slot }: Endpoint): Row {
    const row = rows.get(slot) ?? { state: "closed", failures: 0, refusedUntil: 0, ticket: 0 };
    rows.set(slot, row);
    return row;
  }

  function turn(endpoint: Endpoint, state: BreakerState, refusedMs: number): Row {
    tickets += 1;
    const row = { state, failures: 0, refusedUntil: clock.now() + refusedMs, ticket: tickets };
    rows.set(endpoint.slot, row);
    states?.setRefusedByBreaker(endpoint.slot, refusedMs > 0);
    if (refusedMs > 0) {
      clock.schedule(() => {
        if (rows.get(endpoint.slot) === row) states?.setRefusedByBreaker(endpoint.slot, false);
      }, refusedMs);
    }
    return row;
  }

  return {
    results,
    state: (endpoint) => rowOf(endpoint).state,
    admit(endpoint) {
      const row = rowOf(endpoint);
      if (row.state === "closed") return row.ticket;
      if (clock.now() < row.refusedUntil) return undefined;
      return turn(endpoint, "half-open", openMs).ticket;
    },
    report(endpoint, ticket, result) {
      results.push({ endpoint, ticket, result });
      const row = rowOf(endpoint);
      if (ticket !== row.ticket || row.state === "open") return;
      if (row.state === "closed") {
        if (result !== "abandoned") row.failures = result === "failure" ? row.failures + 1 : 0;
        if (row.failures >= threshold) turn(endpoint, "open", openMs);
        return;
      }
      if (result === "abandoned") turn(endpoint, "half-open", 0);
      else
        turn(endpoint, result === "success" ? "closed" : "open", result === "success" ? 0 : openMs);
    },
    reset: (endpoint) => void turn(endpoint, "closed", 0),
    open: (endpoint) => void turn(endpoint, "open", openMs),
  };
}
