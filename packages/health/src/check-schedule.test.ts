import { describe, expect, it } from "vitest";

import { backoffMs, closeWatchMs, jittered } from "./check-schedule.ts";

describe("backoffMs", () => {
  it("RT-53 grows as 1, 2, 4, 8, 12, 12 intervals", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((failures) => backoffMs(2_000, failures));
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 24_000, 24_000]);
  });

  it("RT-53 never exceeds a minute", () => {
    expect([1, 2, 3].map((failures) => backoffMs(40_000, failures))).toEqual([
      40_000, 60_000, 60_000,
    ]);
    expect(backoffMs(300_000, 1)).toBe(60_000);
  });
});

describe("closeWatchMs", () => {
  it("is a second, or the interval when that is shorter", () => {
    expect([closeWatchMs(30_000), closeWatchMs(400)]).toEqual([1_000, 400]);
  });
});

describe("jittered", () => {
  it.each([
    { random: 0, ms: 900 },
    { random: 0.5, ms: 1_000 },
    { random: 0.75, ms: 1_050 },
  ])("moves a wait of 1000 ms to $ms ms at $random", ({ random, ms }) => {
    expect(jittered(1_000, 0.1, () => random)).toBeCloseTo(ms);
  });
});
