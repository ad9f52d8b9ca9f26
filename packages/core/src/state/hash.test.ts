import { array, assert, integer, property, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";

import { fnv1a32, mix32 } from "./hash.ts";

describe("fnv1a32", () => {
  // From the reference vectors of the FNV authors.
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("hashes %j as published", (text, hash) => {
    expect(fnv1a32(text) >>> 0).toBe(hash);
  });

  it.each([
    ["http://10.0.0.5:8000", "18jv3pn"],
    ["http://10.0.0.5:8000/base", "ol6ji1"],
  ])("HI-10 gives %s the endpoint id %s in base 36", (url, id) => {
    expect((fnv1a32(url) >>> 0).toString(36)).toBe(id);
  });

  it("uses both bytes of a code unit", () => {
    expect(fnv1a32("\u0141")).not.toBe(fnv1a32("\u0241"));
    expect(fnv1a32("\u0141")).not.toBe(fnv1a32("A"));
  });

  it("depends on the start", () => {
    expect(fnv1a32("a", 1)).not.toBe(fnv1a32("a"));
  });
});

describe("mix32", () => {
  it("gives different numbers different results: it is a bijection", () => {
    assert(
      property(uniqueArray(integer(), { minLength: 2 }), (numbers) => {
        expect(new Set(numbers.map((number) => mix32(number))).size).toBe(numbers.length);
      }),
    );
  });

  it("gives signed 32-bit numbers", () => {
    assert(
      property(array(integer()), (numbers) => {
        const mixed = numbers.map((number) => mix32(number));
        expect(mixed).toEqual(mixed.map((number) => number | 0));
      }),
    );
  });

  it("spreads consecutive numbers evenly over the low bits", () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let number = 0; number < 8_000; number += 1) counts[(mix32(number) >>> 0) % 8]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
  });
});
