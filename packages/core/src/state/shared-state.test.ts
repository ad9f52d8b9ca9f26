import { describe, expect, it } from "vitest";

import { createSharedState } from "./shared-state.ts";

describe("createSharedState", () => {
  it("hands out zeroed regions of each kind", () => {
    const shared = createSharedState();
    expect([...shared.int32("a", 2)]).toEqual([0, 0]);
    expect([...shared.bigint64("b", 2)]).toEqual([0n, 0n]);
    expect([...shared.float64("c", 2)]).toEqual([0, 0]);
  });

  it("gives the same memory for the same name", () => {
    const shared = createSharedState();
    shared.int32("a", 3)[1] = 7;
    expect([...shared.int32("a", 3)]).toEqual([0, 7, 0]);
  });

  it("keeps regions of different names apart", () => {
    const shared = createSharedState();
    shared.int32("a", 1)[0] = 7;
    expect(shared.int32("b", 1)[0]).toBe(0);
  });

  it("refuses to change the length of a region", () => {
    const shared = createSharedState();
    shared.int32("a", 3);
    expect(() => shared.int32("a", 4)).toThrow(new RangeError('region "a" has 12 bytes, not 16'));
    expect(() => shared.float64("a", 3)).toThrow(RangeError);
  });

  it("shares memory with a state that was given its regions", () => {
    const first = createSharedState();
    const cells = first.int32("a", 2);
    const second = createSharedState(first.regions());
    second.int32("a", 2)[0] = 5;
    expect(cells[0]).toBe(5);
    expect(() => second.int32("a", 3)).toThrow(RangeError);
  });

  it("refuses a region that the thread which gave its regions does not have", () => {
    const shared = createSharedState(createSharedState().regions());
    expect(() => shared.int32("a", 1)).toThrow(new RangeError('region "a" is not shared'));
  });

  it("takes up regions that were made later", () => {
    const first = createSharedState();
    first.int32("a", 1)[0] = 1;
    const second = createSharedState(first.regions());
    const later = first.int32("b", 1);
    second.adopt(first.regions());
    second.int32("b", 1)[0] = 5;
    expect(later[0]).toBe(5);
    expect(second.int32("a", 1)[0]).toBe(1);
  });

  it("survives a structured clone of its regions with the memory still shared", () => {
    const first = createSharedState();
    const cells = first.float64("a", 1);
    const second = createSharedState(structuredClone(first.regions()));
    second.float64("a", 1)[0] = 0.5;
    expect(cells[0]).toBe(0.5);
  });

  it("tells how many bytes it holds", () => {
    const shared = createSharedState();
    expect(shared.bytes()).toBe(0);
    shared.int32("a", 3);
    shared.int32("a", 3);
    shared.bigint64("b", 2);
    expect(shared.bytes()).toBe(12 + 16);
  });
});
