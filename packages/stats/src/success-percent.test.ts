import { describe, expect, it } from "vitest";

import { roundedSuccess, successPercent } from "./success-percent.ts";

describe("successPercent", () => {
  it("judges by successes and failures", () => {
    expect(successPercent({ succeeded: 3, failed: 1 })).toBe(75);
  });

  it("says nothing without either", () => {
    expect(successPercent({ succeeded: 0, failed: 0 })).toBeUndefined();
  });
});

describe("roundedSuccess", () => {
  it("has one decimal, and is 0 when there is nothing to judge by", () => {
    expect(roundedSuccess({ succeeded: 41, failed: 1 })).toBe(97.6);
    expect(roundedSuccess({ succeeded: 0, failed: 0 })).toBe(0);
  });
});
