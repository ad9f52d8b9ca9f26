import { describe, expect, it } from "vitest";

import { Histogram } from "./histogram.ts";

describe("Histogram", () => {
  it("keeps small values exactly", () => {
    const histogram = new Histogram();
    for (let value = 0; value < 100; value += 1) histogram.add(value);
    expect(histogram.quantiles()).toMatchObject({ count: 100, p50: 50, p99: 99, max: 99 });
  });

  it("is wrong by less than 0.8 % on large values", () => {
    const values = [128, 129, 255, 256, 1_000, 33_333, 1_234_567, 2 ** 31 - 1];
    for (const value of values) {
      const histogram = new Histogram();
      for (const added of [value, value, value, value * 2]) histogram.add(added);
      const { p50 = 0 } = histogram.quantiles() ?? {};
      expect(Math.abs(p50 - value) / value, `${value}`).toBeLessThan(0.008);
    }
  });

  it("puts a quantile where that share of the values is below", () => {
    const histogram = new Histogram();
    for (let at = 0; at < 990; at += 1) histogram.add(1_000);
    for (let at = 0; at < 10; at += 1) histogram.add(50_000);
    const { p50 = 0, p99 = 0, p90 = 0 } = histogram.quantiles() ?? {};
    expect(p50).toBeLessThan(1_010);
    expect(p90).toBeLessThan(1_010);
    expect(p99).toBeGreaterThan(49_500);
  });

  it("has none when empty", () => {
    expect(new Histogram().quantiles()).toBeUndefined();
  });
});
