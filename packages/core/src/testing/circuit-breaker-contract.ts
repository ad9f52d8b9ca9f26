import { describe, expect, it } from "vitest";

import type { CircuitBreaker } from "../ports/circuit-breaker.ts";
import { EndpointStates } from "../state/endpoint-states.ts";
import { createSharedState, type SharedState } from "../state/shared-state.ts";
import { makeEndpoint } from "./make.ts";
import { ManualClock } from "./manual-clock.ts";

/** What a breaker under test is built from. */
export interface CircuitBreakerWorld {
  readonly clock: ManualClock;
  readonly shared: SharedState;
  readonly states: EndpointStates;
  readonly capacity: number;
  /** Failures in a row that must open it. */
  readonly threshold: number;
  /** How long it must then refuse, in milliseconds. */
  readonly openMs: number;
}

const endpoint = makeEndpoint({ slot: 1, name: "one" });
const other = makeEndpoint({ slot: 2, name: "two" });

/** What every `CircuitBreaker` keeps. `make` builds a new one from what it is given. */
export function describeCircuitBreaker(make: (world: CircuitBreakerWorld) => CircuitBreaker): void {
  function setUp() {
    const shared = createSharedState();
    const states = new EndpointStates(shared, 4);
    states.setStatus(endpoint.slot, "healthy");
    const world = { clock: new ManualClock(), shared, states, capacity: 4 };
    const limits = { threshold: 3, openMs: 10_000 };
    const breaker = make({ ...world, ...limits });

    function attempt(result: "success" | "failure" | "abandoned"): void {
      const ticket = breaker.admit(endpoint);
      if (ticket === undefined) throw new Error("the breaker admits nothing");
      breaker.report(endpoint, ticket, result);
    }

    function open(): void {
      for (let failure = 0; failure < limits.threshold; failure += 1) attempt("failure");
    }

    return { ...world, ...limits, breaker, attempt, open };
  }

  describe("CircuitBreaker contract", () => {
    it("begins closed and admits any number of attempts at a time", () => {
      const { breaker } = setUp();
      const tickets = [breaker.admit(endpoint), breaker.admit(endpoint), breaker.admit(endpoint)];
      expect(tickets).not.toContain(undefined);
      expect(breaker.state(endpoint)).toBe("closed");
    });

    it("opens at the failure that reaches the threshold, not before", () => {
      const { breaker, attempt } = setUp();
      attempt("failure");
      attempt("failure");
      expect(breaker.state(endpoint)).toBe("closed");
      attempt("failure");
      expect(breaker.state(endpoint)).toBe("open");
    });

    it("refuses while it is open", () => {
      const { breaker, clock, openMs, open } = setUp();
      open();
      expect(breaker.admit(endpoint)).toBeUndefined();
      clock.advance(openMs - 1);
      expect(breaker.admit(endpoint)).toBeUndefined();
    });

    it("counts only failures in a row", () => {
      const { breaker, attempt } = setUp();
      for (const result of ["failure", "failure", "success", "failure", "failure"] as const) {
        attempt(result);
      }
      expect(breaker.state(endpoint)).toBe("closed");
    });

    it("counts an abandoned attempt neither way", () => {
      const { breaker, attempt } = setUp();
      for (const result of ["failure", "abandoned", "failure", "abandoned"] as const) {
        attempt(result);
      }
      expect(breaker.state(endpoint)).toBe("closed");
      attempt("failure");
      expect(breaker.state(endpoint)).toBe("open");
    });

    it("keeps endpoints apart", () => {
      const { breaker, open } = setUp();
      open();
      expect(breaker.state(other)).toBe("closed");
      expect(breaker.admit(other)).toBeDefined();
    });

    it("is half-open with one attempt after the open time, and refuses the second", () => {
      const { breaker, clock, openMs, open } = setUp();
      open();
      clock.advance(openMs);
      expect(breaker.admit(endpoint)).toBeDefined();
      expect(breaker.state(endpoint)).toBe("half-open");
      expect(breaker.admit(endpoint)).toBeUndefined();
    });

    it("closes when the half-open attempt succeeds", () => {
      const { breaker, clock, openMs, open, attempt } = setUp();
      open();
      clock.advance(openMs);
      attempt("success");
      expect(breaker.state(endpoint)).toBe("closed");
      attempt("failure");
      expect(breaker.state(endpoint)).toBe("closed");
    });

    it("opens for a whole open time again when the half-open attempt fails", () => {
      const { breaker, clock, openMs, open, attempt } = setUp();
      open();
      clock.advance(openMs);
      attempt("failure");
      expect(breaker.state(endpoint)).toBe("open");
      clock.advance(openMs - 1);
      expect(breaker.admit(endpoint)).toBeUndefined();
      clock.advance(1);
      expect(breaker.admit(endpoint)).toBeDefined();
    });

    it("admits another attempt at once when the half-open one is abandoned", () => {
      const { breaker, clock, openMs, open, attempt } = setUp();
      open();
      clock.advance(openMs);
      attempt("abandoned");
      expect(breaker.state(endpoint)).not.toBe("closed");
      expect(breaker.admit(endpoint)).toBeDefined();
      expect(breaker.admit(endpoint)).toBeUndefined();
    });

    it("replaces a half-open attempt that never ends, and ignores its late result", () => {
      const { breaker, clock, openMs, open } = setUp();
      open();
      clock.advance(openMs);
      const lost = breaker.admit(endpoint) ?? Number.NaN;
      clock.advance(openMs);
      const replacement = breaker.admit(endpoint) ?? Number.NaN;
      breaker.report(endpoint, lost, "success");
      expect(breaker.state(endpoint)).toBe("half-open");
      breaker.report(endpoint, replacement, "success");
      expect(breaker.state(endpoint)).toBe("closed");
    });

    it("ignores results of attempts that began before it opened", () => {
      const { breaker, clock, openMs, open } = setUp();
      const early = breaker.admit(endpoint) ?? Number.NaN;
      open();
      breaker.report(endpoint, early, "success");
      expect(breaker.state(endpoint)).toBe("open");
      clock.advance(openMs);
      breaker.admit(endpoint);
      breaker.report(endpoint, early, "failure");
      expect(breaker.state(endpoint)).toBe("half-open");
    });

    it("ignores, while it is open, results with tickets that it never gave", () => {
      const { breaker, open } = setUp();
      open();
      for (let ticket = 0; ticket < 10; ticket += 1) breaker.report(endpoint, ticket, "success");
      expect(breaker.state(endpoint)).toBe("open");
    });

    it("is closed and without failures after a reset", () => {
      const { breaker, open, attempt } = setUp();
      open();
      breaker.reset(endpoint);
      expect(breaker.state(endpoint)).toBe("closed");
      attempt("failure");
      attempt("failure");
      expect(breaker.state(endpoint)).toBe("closed");
    });

    it("shows selection exactly the endpoints that it would admit", () => {
      const { breaker, clock, states, openMs, open } = setUp();
      const seen: boolean[] = [];
      const look = (): void => void seen.push(states.isRoutable(endpoint.slot));
      look(); // closed
      open();
      look(); // open
      clock.advance(openMs);
      look(); // ready for one attempt, with nobody having asked
      const ticket = breaker.admit(endpoint) ?? Number.NaN;
      look(); // half-open, place taken
      breaker.report(endpoint, ticket, "abandoned");
      look(); // half-open, place free
      breaker.admit(endpoint);
      clock.advance(openMs);
      look(); // the attempt took too long and may be replaced
      breaker.reset(endpoint);
      look(); // closed
      expect(seen).toEqual([true, false, true, false, true, true, true]);
    });
  });
}
