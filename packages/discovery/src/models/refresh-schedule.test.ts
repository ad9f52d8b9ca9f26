import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nextRefreshMs } from "./refresh-schedule.ts";

const schedule = {
  intervalMs: 300_000,
  backoffMinMs: 5_000,
  backoffMaxMs: 60_000,
  retryAttempts: Infinity,
};

describe("nextRefreshMs", () => {
  it.each([
    { random: 0, waitMs: 300_000 },
    { random: 0.5, waitMs: 285_000 },
  ])("shortens the interval by up to a tenth (chance $random)", ({ random, waitMs }) => {
    expect(nextRefreshMs(0, { ...schedule, random: () => random })).toBe(waitMs);
  });

  it.each([
    { failures: 1, from: 2_500, to: 5_000 },
    { failures: 2, from: 5_000, to: 10_000 },
    { failures: 4, from: 20_000, to: 40_000 },
    { failures: 5, from: 30_000, to: 60_000 },
    { failures: 500, from: 30_000, to: 60_000 },
  ])("waits $from to $to ms after $failures failures", ({ failures, from, to }) => {
    expect(nextRefreshMs(failures, { ...schedule, random: () => 0 })).toBe(from);
    expect(nextRefreshMs(failures, { ...schedule, random: () => 1 })).toBe(to);
  });

  it.each([
    { retryAttempts: 2, failures: 2, waitMs: 10_000 },
    { retryAttempts: 2, failures: 3, waitMs: 270_000 },
    { retryAttempts: 0, failures: 1, waitMs: 270_000 },
  ])("waits $waitMs ms after failure $failures of $retryAttempts repetitions", (one) => {
    const { retryAttempts, failures, waitMs } = one;
    expect(nextRefreshMs(failures, { ...schedule, retryAttempts, random: () => 1 })).toBe(waitMs);
  });

  it("PV-31 never waits for ever", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, chance) => {
        const waitMs = nextRefreshMs(failures, { ...schedule, random: () => chance });
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(300_000);
      }),
    );
  });
});
