import { createSharedState, EndpointStates } from "@olla-ts/core";
import type { BreakerState } from "@olla-ts/core/ports";
import {
  createFakeCircuitBreaker,
  describeCircuitBreaker,
  makeEndpoint,
  ManualClock,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createCircuitBreaker } from "./circuit-breaker.ts";

const endpoint = makeEndpoint({ slot: 2 });

function setUp(wallTime?: number) {
  const clock = new ManualClock(wallTime);
  const shared = createSharedState();
  const states = new EndpointStates(shared, 4);
  states.setStatus(endpoint.slot, "healthy");
  const changes: BreakerState[] = [];
  const breaker = createCircuitBreaker({
    shared,
    states,
    capacity: 4,
    clock,
    onChange: (_, state) => void changes.push(state),
  });

  function fail(times: number): void {
    for (let time = 0; time < times; time += 1) {
      breaker.report(endpoint, breaker.admit(endpoint)!, "failure");
    }
  }

  return { clock, shared, states, breaker, changes, fail };
}

describe("createCircuitBreaker", () => {
  describeCircuitBreaker((world) => createCircuitBreaker(world));

  it("RT-30 opens at the fifth consecutive failure by default", () => {
    const { breaker, fail } = setUp();
    fail(4);
    expect(breaker.state(endpoint)).toBe("closed");
    fail(1);
    expect(breaker.state(endpoint)).toBe("open");
    expect(breaker.admit(endpoint)).toBeUndefined();
  });

  it("R1 takes an open endpoint out of selection until the 30 s are over, by time alone", () => {
    const { clock, states, fail } = setUp();
    fail(5);
    clock.advance(29_999);
    expect(states.isRoutable(endpoint.slot)).toBe(false);
    clock.advance(1);
    expect(states.isRoutable(endpoint.slot)).toBe(true);
  });

  it("R3 RT-35 never opens because of attempts that were abandoned", () => {
    const { breaker } = setUp();
    for (let time = 0; time < 20; time += 1) {
      breaker.report(endpoint, breaker.admit(endpoint)!, "abandoned");
    }
    expect(breaker.state(endpoint)).toBe("closed");
  });

  it("RT-33 tells of each change of state once", () => {
    const { breaker, clock, changes, fail } = setUp();
    fail(5);
    clock.advance(30_000);
    breaker.report(endpoint, breaker.admit(endpoint)!, "failure");
    clock.advance(30_000);
    breaker.report(endpoint, breaker.admit(endpoint)!, "success");
    expect(changes).toEqual(["open", "half-open", "open", "half-open", "closed"]);
  });

  it("does not make what routing derived stale while nothing changes", () => {
    const { breaker, states } = setUp();
    const before = states.epoch();
    breaker.report(endpoint, breaker.admit(endpoint)!, "success");
    breaker.state(endpoint);
    expect(states.epoch()).toBe(before);
  });

  it("does not stay open when the system clock is set back by an hour", () => {
    const { breaker, shared, states, fail } = setUp(Date.UTC(2026, 5, 1, 12));
    fail(5);
    const earlier = new ManualClock(Date.UTC(2026, 5, 1, 11));
    const after = createCircuitBreaker({ shared, states, capacity: 4, clock: earlier });
    expect(breaker.admit(endpoint)).toBeUndefined();
    expect(after.admit(endpoint)).toBeDefined();
  });

  it("leaves no timer behind when it closes or is disposed", () => {
    const { breaker, clock, fail } = setUp();
    fail(5);
    expect(clock.pending).toBe(1);
    breaker.reset(endpoint);
    expect(clock.pending).toBe(0);
    fail(5);
    breaker[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });

  it("stays sound when its sequence wraps round", () => {
    const { breaker, fail } = setUp();
    for (let time = 0; time < 2 ** 20; time += 1) breaker.reset(endpoint);
    fail(5);
    expect(breaker.state(endpoint)).toBe("open");
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "does what a plain model does in a random history (seed %i)",
    (seed) => {
      const clock = new ManualClock();
      const options = { clock, threshold: 2, openMs: 100 };
      const [tested, model] = [createSharedState(), createSharedState()].map((shared, index) => {
        const states = new EndpointStates(shared, 4);
        states.setStatus(endpoint.slot, "healthy");
        const breaker =
          index === 0
            ? createCircuitBreaker({ ...options, shared, states, capacity: 4 })
            : createFakeCircuitBreaker({ ...options, states });
        return { states, breaker, tickets: new Array<number>() };
      });
      const random = randomFrom(seed);
      for (let step = 0; step < 2_000; step += 1) {
        const action = Math.floor(random() * 5);
        const chosen = random();
        if (action === 0) clock.advance(Math.floor(chosen * 70));
        const seen = [tested!, model!].map((side) => {
          if (action < 3) {
            const ticket = side.breaker.admit(endpoint);
            if (ticket !== undefined) side.tickets.push(ticket);
          } else {
            const result = (["success", "failure", "failure", "abandoned"] as const)[step % 4]!;
            const [ticket] = side.tickets.splice(Math.floor(chosen * side.tickets.length), 1);
            if (ticket !== undefined) side.breaker.report(endpoint, ticket, result);
          }
          return [
            side.breaker.state(endpoint),
            side.states.isRoutable(endpoint.slot),
            side.tickets.length,
          ];
        });
        expect(seen[0], `step ${step}`).toEqual(seen[1]);
      }
    },
  );
});

/** Numbers from 0 to 1 that are the same for a seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
