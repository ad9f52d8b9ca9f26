import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createRecentSuccess } from "./recent-success.ts";

describe("createRecentSuccess", () => {
  it("HI-50 forgets failures that lie further back than the window", () => {
    const clock = new ManualClock();
    const recent = createRecentSuccess({ clock, windowMs: 60_000, minRequests: 1 });
    expect(recent.observe({ succeeded: 0, failed: 10 })).toBe(0);
    let seen: number | undefined;
    for (let minute = 1; minute <= 3; minute += 1) {
      clock.advance(60_000);
      seen = recent.observe({ succeeded: minute * 10, failed: 10 });
    }
    expect(seen).toBe(100);
  });

  it("judges by everything inside the window", () => {
    const clock = new ManualClock();
    const recent = createRecentSuccess({ clock, windowMs: 60_000, minRequests: 1 });
    for (let second = 10; second <= 50; second += 10) {
      clock.advance(10_000);
      recent.observe({ succeeded: second, failed: 0 });
    }
    clock.advance(5_000);
    expect(recent.observe({ succeeded: 75, failed: 25 })).toBe(75);
  });

  it("gives no verdict on fewer requests than asked for", () => {
    const clock = new ManualClock();
    const recent = createRecentSuccess({ clock });
    expect(recent.observe({ succeeded: 0, failed: 9 })).toBeUndefined();
    expect(recent.observe({ succeeded: 0, failed: 10 })).toBe(0);
  });

  it("gives no verdict again once traffic has stopped for a window", () => {
    const clock = new ManualClock();
    const recent = createRecentSuccess({ clock, windowMs: 60_000 });
    for (let step = 0; step < 3; step += 1) {
      recent.observe({ succeeded: 100, failed: 0 });
      clock.advance(60_000);
    }
    expect(recent.observe({ succeeded: 100, failed: 0 })).toBeUndefined();
  });
});
