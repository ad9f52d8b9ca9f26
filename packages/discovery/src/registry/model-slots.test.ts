import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { ModelSlots } from "./model-slots.ts";

function makeSlots(capacity: number): {
  readonly slots: ModelSlots;
  readonly clock: ManualClock;
  readonly reused: readonly number[];
} {
  const clock = new ManualClock();
  const reused: number[] = [];
  const slots = new ModelSlots({
    clock,
    capacity,
    holdMs: 1_000,
    onReuse: (slot) => void reused.push(slot),
  });
  return { slots, clock, reused };
}

describe("ModelSlots", () => {
  it("keeps the row of a name in use", () => {
    const { slots } = makeSlots(4);
    expect([slots.take("a"), slots.take("b"), slots.take("a")]).toEqual([0, 1, 0]);
  });

  it("shares the last row among names beyond", () => {
    const { slots } = makeSlots(3);
    expect(["a", "b", "c", "d"].map((name) => slots.take(name))).toEqual([0, 1, 2, 2]);
    expect(slots.overflow).toBe(2);
  });

  it("gives a name its row back when it returns in time", () => {
    const { slots, reused } = makeSlots(3);
    slots.take("a");
    slots.take("b");
    slots.leave("a");
    expect(slots.take("a")).toBe(0);
    expect(reused).toEqual([]);
  });

  it("reuses the row that was left longest ago, and says so", () => {
    const { slots, clock, reused } = makeSlots(3);
    slots.take("a");
    slots.take("b");
    slots.leave("b");
    clock.advance(1);
    slots.leave("a");
    clock.advance(1_000);
    expect(slots.take("c")).toBe(1);
    expect(reused).toEqual([1]);
  });

  it("does not reuse a row before it was gone long enough", () => {
    const { slots, clock, reused } = makeSlots(2);
    slots.take("a");
    slots.leave("a");
    clock.advance(999);
    expect(slots.take("b")).toBe(slots.overflow);
    clock.advance(1);
    expect(slots.take("b")).toBe(0);
    expect(reused).toEqual([0]);
  });

  it("prefers a row that was never used", () => {
    const { slots, clock } = makeSlots(3);
    slots.take("a");
    slots.leave("a");
    clock.advance(5_000);
    expect(slots.take("b")).toBe(1);
  });

  it("needs at least one row", () => {
    expect(() => makeSlots(0)).toThrow(RangeError);
  });
});
