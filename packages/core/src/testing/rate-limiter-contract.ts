import { describe, expect, it } from "vitest";

import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import { ManualClock } from "./manual-clock.ts";

/** What the contract varies about a limiter. */
export interface RateLimiterSetup {
  readonly clock: Clock;
  /** 0: no limit per client. */
  readonly perClientPerMinute: number;
  /** 0: no limit in all. */
  readonly globalPerMinute: number;
  /** Requests that may come at once, for either limit. */
  readonly burst: number;
}

const CLIENT = "192.0.2.1";
const OTHER = "192.0.2.2";

/**
 * What every `RateLimiter` keeps.
 *
 * @param make a new limiter that has seen no request
 */
export function describeRateLimiter(make: (setup: RateLimiterSetup) => RateLimiter): void {
  function setUp(over: Partial<RateLimiterSetup>): { limiter: RateLimiter; clock: ManualClock } {
    const clock = new ManualClock();
    const none = { perClientPerMinute: 0, globalPerMinute: 0, burst: 3 };
    return { limiter: make({ clock, ...none, ...over }), clock };
  }

  describe("RateLimiter contract", () => {
    it.each<{ perMinute: number; burst: number; wait: number; title: string }>([
      { title: "RT-67 60 a minute, burst 3", perMinute: 60, burst: 3, wait: 1 },
      { title: "RT-68 6 a minute, burst 2", perMinute: 6, burst: 2, wait: 10 },
      { title: "600 a minute, burst 5", perMinute: 600, burst: 5, wait: 1 },
    ])("$title: refuses after the burst and asks to wait $wait s", ({ perMinute, burst, wait }) => {
      const { limiter } = setUp({ perClientPerMinute: perMinute, burst });
      expect(allowedOf(limiter, CLIENT, burst)).toBe(burst);
      expect(limiter.check(CLIENT)).toMatchObject({
        allowed: false,
        retryAfterSeconds: wait,
        refusedBy: "client",
        remaining: 0,
      });
    });

    it("allows the request after the wait it asked for, and only that one", () => {
      const { limiter, clock } = setUp({ perClientPerMinute: 6, burst: 2 });
      allowedOf(limiter, CLIENT, 2);
      clock.advance(limiter.check(CLIENT).retryAfterSeconds * 1_000);
      expect(allowedOf(limiter, CLIENT, 2)).toBe(1);
    });

    it("RT-69 a refusal by the global limit asks to wait 60 s", () => {
      const { limiter } = setUp({ perClientPerMinute: 600, globalPerMinute: 60, burst: 3 });
      for (const client of [CLIENT, OTHER, "192.0.2.3"]) limiter.check(client);
      expect(limiter.check("192.0.2.4")).toMatchObject({
        allowed: false,
        retryAfterSeconds: 60,
        refusedBy: "global",
        remaining: 0,
      });
    });

    it("limits each client for itself", () => {
      const { limiter } = setUp({ perClientPerMinute: 60, burst: 3 });
      expect(allowedOf(limiter, CLIENT, 9)).toBe(3);
      expect(allowedOf(limiter, OTHER, 9)).toBe(3);
    });

    it("R27 a refused client costs the others nothing", () => {
      const { limiter, clock } = setUp({ perClientPerMinute: 6, globalPerMinute: 60, burst: 3 });
      allowedOf(limiter, CLIENT, 3);
      clock.advance(3_000); // in all there is room for three again, for this client there is none
      expect(allowedOf(limiter, CLIENT, 100)).toBe(0);
      expect(allowedOf(limiter, OTHER, 3)).toBe(3);
    });

    it("R27 a global refusal costs a new client nothing", () => {
      const { limiter, clock } = setUp({ perClientPerMinute: 6, globalPerMinute: 60, burst: 2 });
      allowedOf(limiter, OTHER, 2);
      expect(allowedOf(limiter, CLIENT, 20)).toBe(0);
      clock.advance(2_000);
      expect(allowedOf(limiter, CLIENT, 20)).toBe(2);
    });

    it("R27 a global refusal costs a known client nothing", () => {
      const { limiter, clock } = setUp({ perClientPerMinute: 6, globalPerMinute: 60, burst: 2 });
      allowedOf(limiter, CLIENT, 1);
      allowedOf(limiter, OTHER, 1);
      expect(limiter.check(CLIENT).refusedBy).toBe("global");
      clock.advance(2_000);
      expect(allowedOf(limiter, CLIENT, 20)).toBe(1);
    });

    it("D17 limits in all while the limit per client is off", () => {
      const { limiter } = setUp({ globalPerMinute: 60, burst: 3 });
      expect(allowedOf(limiter, CLIENT, 3)).toBe(3);
      expect(limiter.check(OTHER)).toMatchObject({ allowed: false, refusedBy: "global", limit: 0 });
    });

    it("allows everything when both limits are off, and reports zeros", () => {
      const { limiter } = setUp({ burst: 0 });
      expect(allowedOf(limiter, CLIENT, 1_000)).toBe(1_000);
      expect(limiter.check(CLIENT)).toEqual<RateDecision>({
        allowed: true,
        limit: 0,
        remaining: 0,
        resetSeconds: 0,
        retryAfterSeconds: 0,
        refusedBy: undefined,
      });
    });

    it("tells how many requests are left, and when the allowance is whole again", () => {
      const { limiter, clock } = setUp({ perClientPerMinute: 6, burst: 3 });
      expect(limiter.check(CLIENT)).toMatchObject({ limit: 6, remaining: 2, resetSeconds: 10 });
      expect(limiter.check(CLIENT)).toMatchObject({ remaining: 1, resetSeconds: 20 });
      expect(limiter.check(CLIENT)).toMatchObject({ remaining: 0, resetSeconds: 30 });
      clock.advance(30_000);
      expect(limiter.check(CLIENT)).toMatchObject({ remaining: 2, resetSeconds: 10 });
    });

    it("says no more is left than the global limit leaves", () => {
      const { limiter } = setUp({ perClientPerMinute: 60, globalPerMinute: 60, burst: 3 });
      limiter.check(OTHER);
      expect(limiter.check(CLIENT)).toMatchObject({ allowed: true, remaining: 1 });
    });

    it("refuses everything with a burst of 0, never with a wait of 0", () => {
      const { limiter } = setUp({ perClientPerMinute: 6_000, burst: 0 });
      expect(limiter.check(CLIENT)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
    });
  });
}

/** How many of so many requests are allowed. */
function allowedOf(limiter: RateLimiter, client: string, requests: number): number {
  const decisions = Array.from({ length: requests }, () => limiter.check(client));
  return decisions.filter(({ allowed }) => allowed).length;
}
