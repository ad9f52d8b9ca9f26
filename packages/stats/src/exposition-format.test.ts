import { assert, constantFrom, double, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import { writeLabels, writeValue } from "./exposition-format.ts";

/** Everything that has a rule of its own, and some that has none. */
const ANY = constantFrom("\\", '"', "\n", "n", "\r", "{", "}", "=", ",", "\0", "ä", "🦙");

describe("writeLabels", () => {
  it("HI-34 escapes backslash, quote and newline of a value", () => {
    expect(writeLabels({ name: 'a"b\\c\nd' })).toBe(String.raw`name="a\"b\\c\nd"`);
  });

  it("writes every value so that it can be read back, on one line", () => {
    assert(
      property(string({ unit: ANY }), (value) => {
        const written = writeLabels({ name: value });
        const read = written
          .slice('name="'.length, -1)
          .replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
        return read === value && !written.includes("\n");
      }),
    );
  });
});

describe("writeValue", () => {
  it.each([
    [0, "0"],
    [-0, "0"],
    [1_239, "1239"],
    [100, "100"],
    [0.25, "0.25"],
    [97.6, "97.6"],
    [1 / 3, "0.333333"],
    [2 / 3, "0.666667"],
    [10.5, "10.5"],
    [1e-7, "0"],
    [-1e-7, "0"],
    [1e-6, "0.000001"],
    [-2.5, "-2.5"],
    [2 ** 53, "9007199254740992"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
  ])("writes %d as %s", (value, text) => {
    expect(writeValue(value)).toBe(text);
  });

  it("stays within half a millionth of the value", () => {
    assert(
      property(double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
        expect(Math.abs(Number(writeValue(value)) - value)).toBeLessThanOrEqual(0.000_000_51);
      }),
    );
  });
});
