import { describe, expect, it } from "vitest";

import {
  areaPath,
  firstWithin,
  linePath,
  niceCeiling,
  type Plane,
  shownSpan,
  stack,
} from "./chart-scale.ts";

const plane: Plane = { at: [0, 50, 100], start: 0, end: 100, top: 10 };

describe("the scale of a chart", () => {
  it.each([
    [0, 1],
    [0.03, 0.05],
    [1, 1],
    [7, 10],
    [11, 20],
    [24, 25],
    [260, 500],
  ])("of values up to %d ends at %d", (value, ceiling) => {
    expect(niceCeiling(value)).toBe(ceiling);
  });

  it("breaks a line where there is no value", () => {
    expect(linePath([0, 5, 10], plane)).toBe("M0.0 100.00L500.0 50.00L1000.0 0.00");
    expect(linePath([0, null, 10], plane)).toBe("M0.0 100.00h2M1000.0 0.00h2");
  });

  it("closes an area on the line below it", () => {
    expect(areaPath([10, 10, 10], [0, 5, 0], plane)).toBe(
      "M0.0 0.00L500.0 0.00L1000.0 0.00L1000.0 100.00L500.0 50.00L0.0 100.00Z",
    );
    expect(areaPath([], undefined, plane)).toBe("");
  });

  it("puts each series on top of those before it", () => {
    expect(
      stack([
        [1, 2],
        [3, null],
        [0, 4],
      ]),
    ).toEqual([
      [1, 2],
      [4, 2],
      [4, 6],
    ]);
  });

  it("shows the latest span, and no more than there is", () => {
    expect(firstWithin([0, 50, 100], 60)).toBe(1);
    expect(firstWithin([], 60)).toBe(0);
    expect(shownSpan([0, 200_000], 900_000)).toBe(200_000);
    expect(shownSpan([0, 5_000], 900_000)).toBe(60_000);
    expect(shownSpan([0, 3_600_000], 900_000)).toBe(900_000);
  });
});
