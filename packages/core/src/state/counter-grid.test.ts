import { describe, expect, it } from "vitest";

import { CounterGrid } from "./counter-grid.ts";
import { createSharedState } from "./shared-state.ts";

describe("CounterGrid", () => {
  it("counts each cell by itself, by one unless told otherwise", () => {
    const grid = new CounterGrid(createSharedState(), "c", 2, 3);
    grid.add(0, 2);
    grid.add(1, 0, 40);
    grid.add(1, 0, 2);
    const cells = [0, 1].map((row) => [0, 1, 2].map((column) => grid.read(row, column)));
    expect(cells).toEqual([
      [0, 0, 1],
      [42, 0, 0],
    ]);
  });

  it("is exact up to 2^53", () => {
    const grid = new CounterGrid(createSharedState(), "c", 1, 1);
    grid.add(0, 0, 2 ** 53 - 1);
    grid.add(0, 0, 1);
    expect(grid.read(0, 0)).toBe(2 ** 53);
  });

  it("clears one row and leaves its neighbours", () => {
    const grid = new CounterGrid(createSharedState(), "c", 3, 2);
    for (const row of [0, 1, 2]) {
      grid.add(row, 0, 5);
      grid.add(row, 1, 6);
    }
    grid.clear(1);
    const cells = [0, 1, 2].map((row) => [grid.read(row, 0), grid.read(row, 1)]);
    expect(cells).toEqual([
      [5, 6],
      [0, 0],
      [5, 6],
    ]);
  });

  it("is one grid for all that use the same name of the same memory", () => {
    const shared = createSharedState();
    const one = new CounterGrid(shared, "c", 1, 1);
    const other = new CounterGrid(createSharedState(shared.regions()), "c", 1, 1);
    one.add(0, 0);
    other.add(0, 0);
    expect(one.read(0, 0)).toBe(2);
  });

  it("refuses another shape under the same name", () => {
    const shared = createSharedState();
    const grid = new CounterGrid(shared, "c", 2, 2);
    expect(() => new CounterGrid(shared, "c", grid.rows, 3)).toThrow(RangeError);
  });
});
