import { describe, expect, it } from "vitest";

import { SharedLeases } from "./shared-leases.ts";
import { createSharedState } from "./shared-state.ts";

const COUNT = 2;

/** The leases as each of two threads sees them. */
function inTwoThreads(): readonly [SharedLeases, SharedLeases] {
  const shared = createSharedState();
  const one = new SharedLeases(shared, "l", 3, { index: 0, count: COUNT });
  const regions = createSharedState(shared.regions());
  return [one, new SharedLeases(regions, "l", 3, { index: 1, count: COUNT })];
}

describe("SharedLeases", () => {
  it("gives as many as the limit allows, over all threads together", () => {
    const [one, other] = inTwoThreads();
    expect([one.take(1, 3), other.take(1, 3), one.take(1, 3)]).toEqual([true, true, true]);
    expect([one.take(1, 3), other.take(1, 3)]).toEqual([false, false]);
    expect(other.count(1)).toBe(3);
    one.give(1);
    expect(other.take(1, 3)).toBe(true);
  });

  it("counts each endpoint by itself", () => {
    const [one] = inTwoThreads();
    expect(one.take(0, 1)).toBe(true);
    expect(one.take(2, 1)).toBe(true);
    expect([0, 1, 2].map((slot) => one.count(slot))).toEqual([1, 0, 1]);
  });

  it("wakes whoever waits in another thread when something is given back", async () => {
    const [one, other] = inTwoThreads();
    one.take(1, 1);
    let isWoken = false;
    const waiting = other.given(1, other.moment(1)).then(() => (isWoken = true));
    await Promise.resolve();
    expect(isWoken).toBe(false);
    one.give(1);
    await waiting;
    expect(other.take(1, 1)).toBe(true);
  });

  it("does not wait when something was given back since the moment", async () => {
    const [one, other] = inTwoThreads();
    one.take(1, 1);
    const moment = other.moment(1);
    one.give(1);
    let isBack = false;
    void other.given(1, moment).then(() => (isBack = true));
    await Promise.resolve();
    await Promise.resolve();
    expect(isBack).toBe(true);
  });

  it("gives back what a dead thread held, and that alone", () => {
    const [one, other] = inTwoThreads();
    for (const slot of [0, 1, 1]) one.take(slot, 9);
    other.take(1, 9);
    one.releaseAllOf(1);
    expect([0, 1, 2].map((slot) => one.count(slot))).toEqual([1, 2, 0]);
    one.releaseAllOf(1);
    expect(one.count(1)).toBe(2);
  });
});
