import { describe, expect, it } from "vitest";

import { parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["30s", 30_000],
    ["1h2m3.5s", 3_723_500],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["5.s", 5_000],
    ["250ms", 250],
    ["10us", 0.01],
    ["10µs", 0.01],
    ["10μs", 0.01],
    ["100ns", 0.0001],
    ["0s", 0],
  ])("CF-11 reads %s as %d ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it("C22 reads a bare 0", () => {
    expect(parseDuration("0")).toBe(0);
  });

  it.each(["", "30", "1d", "30 sec", "30 s", " 30s", "s", ".s", "1h2", "1e3s", "30S", "NaN"])(
    "CF-11 CF-12 takes %j for no duration",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each(["-1s", "1h-1m", "+1s"])("C23 takes the signed %j for no duration", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("takes a duration beyond all numbers for none", () => {
    expect(parseDuration(`${"9".repeat(400)}h`)).toBeUndefined();
  });

  it("decides about a long run of digits at once", () => {
    const started = performance.now();
    expect(parseDuration("1".repeat(20_000))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
