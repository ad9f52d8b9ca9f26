import { createSharedState } from "@olla-ts/core";
import type { StickyStore } from "@olla-ts/core/ports";
import {
  describeLoadBalancer,
  describeStickyStore,
  FakeLoadBalancer,
  FakeStickyStore,
  ManualClock,
} from "@olla-ts/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createSharedStickyStore } from "./shared-sticky-store.ts";

describe("createSharedStickyStore", () => {
  describeStickyStore((setup) =>
    createSharedStickyStore({ shared: createSharedState(), ...setup }),
  );

  it("bounds a configuration without a limit at a million sessions in 40 MB", () => {
    const shared = createSharedState();
    const clock = new ManualClock();
    const store = createSharedStickyStore({ shared, clock, maxSessions: 0, idleTtlSeconds: 0 });
    expect(store.stats().maxSessions).toBe(1_000_000);
    expect(shared.bytes()).toBeLessThan(40e6);
  });

  it("takes a negative idle time as never", () => {
    const clock = new ManualClock();
    const store = createSharedStickyStore({
      shared: createSharedState(),
      clock,
      maxSessions: 1,
      idleTtlSeconds: -5,
    });
    store.pin("a", 3);
    clock.advance(1e12);
    expect(store.find("a")).toBe(3);
    expect(store.stats().idleTtlSeconds).toBe(0);
  });

  it("keeps no more than it was made for, however many sessions come", () => {
    const store = createSharedStickyStore({
      shared: createSharedState(),
      clock: new ManualClock(),
      maxSessions: 64,
      idleTtlSeconds: 0,
    });
    for (let session = 0; session < 10_000; session += 1) store.pin(`${session}`, 0);
    const { activeSessions, insertions, evictions } = store.stats();
    expect(activeSessions).toBe(64);
    expect([insertions, evictions]).toEqual([10_000, 9_936]);
  });

  it("agrees with an exact store on any history of up to sixteen sessions", () => {
    const key = fc.constantFrom(...Array.from({ length: 20 }, (_, number) => `key-${number}`));
    const action = fc.constantFrom<Step["action"]>("find", "pin", "purge", "wait");
    const history = fc.array(fc.record({ action, key, amount: fc.nat(9) }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), history, (maxSessions, steps) => {
        const clock = new ManualClock();
        const setup = { clock, maxSessions, idleTtlSeconds: 20 };
        const store = createSharedStickyStore({ shared: createSharedState(), ...setup });
        const exact = new FakeStickyStore(setup);
        for (const step of steps) {
          clock.advance(step.action === "wait" ? step.amount * 1_000 : 1);
          store.stats(); // the exact store lets go of expired sessions at every step
          expect(take(step, store)).toBe(take(step, exact));
        }
        expect(store.stats()).toEqual(exact.stats());
      }),
    );
  });
});

interface Step {
  readonly action: "find" | "pin" | "purge" | "wait";
  readonly key: string;
  /** Slot, or seconds. */
  readonly amount: number;
}

/** Does one step of a history, and hands back what was found. */
function take({ action, key, amount }: Step, store: StickyStore): number | undefined {
  if (action === "find") return store.find(key);
  if (action === "pin") store.pin(key, amount);
  if (action === "purge") store.purge(amount);
  return undefined;
}

describe("fakes of the balancer's ports keep the contracts", () => {
  describeStickyStore((setup) => new FakeStickyStore(setup));
  describeLoadBalancer(() => new FakeLoadBalancer());
});
