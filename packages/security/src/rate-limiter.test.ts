import { createSharedState } from "@olla-ts/core";
import { describeRateLimiter, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import {
  createRateLimiter,
  type RateLimiterOptions,
  type SharedRateLimiter,
} from "./rate-limiter.ts";

function setUp(over: Partial<RateLimiterOptions> = {}): {
  limiter: SharedRateLimiter;
  clock: ManualClock;
} {
  const clock = new ManualClock();
  const limiter = createRateLimiter({
    shared: createSharedState(),
    clock,
    perClientPerMinute: 60,
    globalPerMinute: 0,
    burst: 2,
    ...over,
  });
  return { limiter, clock };
}

/** Which of the addresses are allowed, asked in turn. */
function allowed(limiter: SharedRateLimiter, addresses: readonly string[]): boolean[] {
  return addresses.map((address) => limiter.check(address).allowed);
}

describe("createRateLimiter", () => {
  describeRateLimiter((setup) => createRateLimiter({ shared: createSharedState(), ...setup }));

  it.each([
    {
      title: "one network /64 of IPv6",
      addresses: ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:9::"],
    },
    {
      title: "one IPv4 address mapped into IPv6",
      addresses: ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"],
    },
  ])("takes $title as one client", ({ addresses }) => {
    expect(allowed(setUp().limiter, addresses)).toEqual([true, true, false]);
  });

  it("charges a thread that was held up by the time at which it charges, after what others charged", () => {
    const shared = createSharedState();
    const { limiter: other, clock } = setUp({ shared });
    let isHeldUp = true;
    const { limiter } = setUp({
      shared,
      clock: {
        now() {
          const now = clock.now();
          if (isHeldUp) {
            isHeldUp = false;
            clock.advance(20);
            other.check("192.0.2.1");
          }
          return now;
        },
        wallTime: () => clock.wallTime(),
        schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
      },
    });
    expect(limiter.check("192.0.2.1")).toMatchObject({ allowed: true, remaining: 0 });
    expect(limiter.check("192.0.2.1").allowed).toBe(false);
  });

  it("takes neighbouring networks, and neighbouring IPv4 addresses, as different clients", () => {
    const { limiter } = setUp({ burst: 1 });
    const addresses = ["2001:db8:0:1::1", "2001:db8:0:2::1", "192.0.2.1", "192.0.2.2"];
    expect(allowed(limiter, addresses)).toEqual([true, true, true, true]);
  });

  it("takes IPv6 addresses one by one when told to", () => {
    const { limiter } = setUp({ burst: 1, ipv6PrefixBits: 128 });
    expect(allowed(limiter, ["2001:db8::1", "2001:db8::2", "2001:db8::1"])).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("limits what is no address under its own text", () => {
    const { limiter } = setUp({ burst: 1 });
    expect(allowed(limiter, ["", "a:b", "", "a:b"])).toEqual([true, true, false, false]);
  });

  it("keeps refusing a client that goes on, while others come and go", () => {
    const { limiter, clock } = setUp({ maxClients: 4, perClientPerMinute: 1, burst: 1 });
    limiter.check("192.0.2.1");
    for (let other = 10; other < 60; other += 1) {
      clock.advance(1);
      expect(limiter.check("192.0.2.1").allowed).toBe(false);
      limiter.check(`192.0.2.${other}`);
    }
  });

  it("does not remember a client that only the global limit refused", () => {
    const { limiter, clock } = setUp({ globalPerMinute: 60, burst: 1, idleMs: 0 });
    expect(allowed(limiter, ["192.0.2.1", "192.0.2.2"])).toEqual([true, false]);
    clock.advance(60_000);
    expect(limiter.sweep()).toBe(1);
  });

  it("sweeps clients that are idle and whole again, and gives nothing away", () => {
    const { limiter, clock } = setUp({ perClientPerMinute: 1, burst: 20, idleMs: 600_000 });
    for (let request = 0; request < 20; request += 1) limiter.check("192.0.2.1");
    limiter.check("192.0.2.2");
    clock.advance(599_999);
    expect(limiter.sweep()).toBe(0);
    clock.advance(1);
    expect(limiter.sweep()).toBe(1); // the other one owes another ten minutes
    expect(limiter.check("192.0.2.1")).toMatchObject({ allowed: true, remaining: 9 });
  });

  it("takes limits below 0 as off", () => {
    const { limiter } = setUp({ perClientPerMinute: -1, globalPerMinute: -1, burst: -1 });
    expect(limiter.check("192.0.2.1")).toMatchObject({ allowed: true, limit: 0 });
  });
});
