import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createSlotAllocator } from "./slot-allocator.ts";

const a = { name: "a", url: "http://a.test" };
const b = { name: "b", url: "http://b.test" };
const c = { name: "c", url: "http://c.test" };

describe("createSlotAllocator", () => {
  it("counts up from 0", () => {
    const slots = createSlotAllocator(3);
    expect([slots.slotFor(a), slots.slotFor(b), slots.slotFor(c)]).toEqual([0, 1, 2]);
  });

  it("gives the same row for the same name and url", () => {
    const slots = createSlotAllocator(3);
    slots.slotFor(a);
    const slot = slots.slotFor(b);
    expect(slots.slotFor({ ...b })).toBe(slot);
  });

  it("takes another name or another url for another endpoint", () => {
    const slots = createSlotAllocator(3);
    const all = [a, { ...a, name: "b" }, { ...a, url: b.url }].map((one) => slots.slotFor(one));
    expect(new Set(all).size).toBe(3);
  });

  it("reuses a row only after its release", () => {
    const slots = createSlotAllocator(2);
    slots.slotFor(a);
    slots.slotFor(b);
    expect(() => slots.slotFor(c)).toThrow(RangeError);
    slots.release(0);
    expect(slots.slotFor(c)).toBe(0);
  });

  it("ignores the release of a row that nobody has", () => {
    const slots = createSlotAllocator(1);
    slots.release(0);
    slots.release(99);
    expect(slots.slotFor(a)).toBe(0);
  });

  it("names the endpoint there is no room for", () => {
    expect(() => createSlotAllocator(0).slotFor(a)).toThrow('"a"');
  });

  it("takes rows for several endpoints, or for none of them", () => {
    const slots = createSlotAllocator(3);
    slots.slotFor(a);
    slots.slotFor(b);
    const d = { name: "d", url: "http://d.test" };
    expect(() => slots.reserve([a, c, d])).toThrow('"d"');
    expect(slots.reserve([a, d])).toEqual([2]);
    expect([slots.slotFor(a), slots.slotFor(b), slots.slotFor(d)]).toEqual([0, 1, 2]);
  });

  it("never gives one row to two endpoints", () => {
    const steps = fc.array(fc.record({ name: fc.nat(8), release: fc.boolean() }));
    fc.assert(
      fc.property(steps, (taken) => {
        const slots = createSlotAllocator(9);
        const held = new Map<number, number>();
        for (const { name, release } of taken) {
          const slot = slots.slotFor({ name: String(name), url: "http://x.test" });
          expect(held.get(slot) ?? name).toBe(name);
          held.set(slot, name);
          if (!release) continue;
          slots.release(slot);
          held.delete(slot);
        }
      }),
    );
  });
});
