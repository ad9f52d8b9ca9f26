import { describe, expect, it } from "vitest";

import { HEALTH_STATUSES } from "../domain/health-status.ts";
import { EndpointStates } from "./endpoint-states.ts";
import { createSharedState } from "./shared-state.ts";

function makeStates(): EndpointStates {
  return new EndpointStates(createSharedState(), 3);
}

describe("EndpointStates", () => {
  it("starts every slot unknown, idle and not routable", () => {
    const states = makeStates();
    for (const slot of [0, 1, 2]) {
      expect(states.status(slot)).toBe("unknown");
      expect(states.inFlight(slot)).toBe(0);
      expect(states.isRoutable(slot)).toBe(false);
    }
  });

  it.each(HEALTH_STATUSES)("keeps the status %s of one slot alone", (status) => {
    const states = makeStates();
    states.setStatus(1, status);
    expect([0, 1, 2].map((slot) => states.status(slot))).toEqual(["unknown", status, "unknown"]);
  });

  it("routes to healthy, busy and warming endpoints alone", () => {
    const states = makeStates();
    const routable = HEALTH_STATUSES.filter((status) => {
      states.setStatus(0, status);
      return states.isRoutable(0);
    });
    expect(routable).toEqual(["healthy", "busy", "warming"]);
  });

  it("tells the status before a change", () => {
    const states = makeStates();
    expect(states.setStatus(0, "healthy")).toBe("unknown");
    expect(states.setStatus(0, "offline")).toBe("healthy");
  });

  it("routes nothing to an endpoint that is drained, until it is resumed or another one has its row", () => {
    const states = makeStates();
    states.setStatus(0, "healthy");
    states.setDraining(0, true);
    expect([states.isRoutable(0), states.isDraining(0)]).toEqual([false, true]);
    states.setStatus(0, "busy");
    expect(states.isRoutable(0)).toBe(false);
    states.setDraining(0, false);
    expect(states.isRoutable(0)).toBe(true);
    states.setDraining(0, true);
    states.reset(0);
    expect(states.isDraining(0)).toBe(false);
  });

  it("routes nothing to an endpoint that its breaker refuses, whatever its status", () => {
    const states = makeStates();
    states.setStatus(0, "healthy");
    states.setRefusedByBreaker(0, true);
    expect(states.isRoutable(0)).toBe(false);
    expect(states.status(0)).toBe("healthy");
    states.setRefusedByBreaker(0, false);
    expect(states.isRoutable(0)).toBe(true);
  });

  it("routes nothing to an endpoint under suspicion until its status is set or trust is back", () => {
    const states = makeStates();
    for (const clear of [() => states.setStatus(0, "healthy"), () => states.trust(0)]) {
      states.setStatus(0, "healthy");
      states.suspect(0);
      expect(states.isRoutable(0)).toBe(false);
      expect(states.status(0)).toBe("healthy");
      clear();
      expect(states.isRoutable(0)).toBe(true);
    }
  });

  it("counts requests in flight per slot", () => {
    const states = makeStates();
    states.acquire(0);
    states.acquire(0);
    states.acquire(2);
    states.release(0);
    expect([0, 1, 2].map((slot) => states.inFlight(slot))).toEqual([1, 0, 1]);
  });

  it("counts a reservation at once, and the attempt that follows not again", () => {
    const states = makeStates();
    expect(states.reserve(1, states.turn())).toBe(true);
    expect(states.inFlight(1)).toBe(1);
    states.acquire(1);
    expect(states.inFlight(1)).toBe(1);
    states.acquire(1);
    expect(states.inFlight(1)).toBe(2);
  });

  it("refuses a reservation by a load that another thread has changed since", () => {
    const shared = createSharedState();
    const one = new EndpointStates(shared, 3, { index: 0, count: 2 });
    const other = new EndpointStates(shared, 3, { index: 1, count: 2 });
    const turn = one.turn();
    expect(other.reserve(2, turn)).toBe(true);
    expect(one.reserve(2, turn)).toBe(false);
    expect(one.inFlight(2)).toBe(1);
    expect(one.reserve(1, one.turn())).toBe(true);
  });

  it("forgets a reservation that no attempt follows", async () => {
    const states = makeStates();
    states.reserve(1, states.turn());
    states.reserve(1, states.turn());
    states.acquire(1);
    await Promise.resolve();
    expect(states.inFlight(1)).toBe(1);
  });

  it("releases what a dead thread had acquired, and that alone", () => {
    const shared = createSharedState();
    const one = new EndpointStates(shared, 3, { index: 0, count: 2 });
    const other = new EndpointStates(shared, 3, { index: 1, count: 2 });
    for (const slot of [0, 2, 2]) other.acquire(slot);
    other.release(2);
    one.acquire(2);
    one.releaseAllOf(1);
    expect([0, 1, 2].map((slot) => one.inFlight(slot))).toEqual([0, 0, 1]);
    one.releaseAllOf(1);
    expect(one.inFlight(2)).toBe(1);
  });

  it("grows its epoch with every status and breaker, not with load", () => {
    const states = makeStates();
    const start = states.epoch();
    states.acquire(0);
    states.release(0);
    expect(states.epoch()).toBe(start);
    states.setStatus(0, "healthy");
    const afterStatus = states.epoch();
    expect(afterStatus).toBeGreaterThan(start);
    states.setRefusedByBreaker(0, true);
    expect(states.epoch()).toBeGreaterThan(afterStatus);
  });

  it("readies a slot for another endpoint but keeps what is in flight", () => {
    const states = makeStates();
    states.setStatus(0, "healthy");
    states.setRefusedByBreaker(0, true);
    states.acquire(0);
    states.reset(0);
    expect(states.status(0)).toBe("unknown");
    expect(states.inFlight(0)).toBe(1);
    states.setStatus(0, "healthy");
    expect(states.isRoutable(0)).toBe(true);
  });

  it("is one and the same for all that share the memory", () => {
    const shared = createSharedState();
    const one = new EndpointStates(shared, 3);
    const other = new EndpointStates(createSharedState(shared.regions()), 3);
    one.setStatus(2, "busy");
    one.acquire(2);
    expect(other.status(2)).toBe("busy");
    expect(other.inFlight(2)).toBe(1);
    expect(other.epoch()).toBe(one.epoch());
  });
});
