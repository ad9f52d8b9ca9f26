import { describe, expect, it } from "vitest";

import {
  display,
  kindOf,
  toBoolean,
  toBytes,
  toDuration,
  toInteger,
  toText,
} from "./read-value.ts";

/** What a YAML file can put where a scalar belongs. */
const NO_SCALARS: readonly unknown[] = [null, undefined, [], ["1"], {}, { toString: 1 }];

describe("values of a file or a variable", () => {
  it("takes numbers and booleans for text", () => {
    expect([toText("a"), toText(7), toText(true)]).toEqual(["a", "7", "true"]);
  });

  it.each([
    [8_080, 8_080],
    [8_080.5, 8_080],
    [-1, -1],
    ["8080", 8_080],
    ["1_000", 1_000],
    ["1e6", 1_000_000],
    ["-3", -3],
  ])("reads %j as the whole number %d", (value, whole) => {
    expect(toInteger(value)).toBe(whole);
  });

  it.each(["", "_", "abc", "80.5", "0x10", "1e400", Number.NaN, Infinity, 1e300, true])(
    "takes %j for no whole number",
    (value) => {
      expect(toInteger(value)).toBeUndefined();
    },
  );

  it("C22 takes the number 0 for a duration and no other number", () => {
    expect([toDuration(0), toDuration("0"), toDuration("2s")]).toEqual([0, 0, 2_000]);
    expect([toDuration(30), toDuration(-1), toDuration("30")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("C21 reads sizes as numbers, grouped digits, and text with a unit", () => {
    expect([toBytes(1_024), toBytes(-1), toBytes("1_000"), toBytes("-1"), toBytes("50MB")]).toEqual(
      [1_024, -1, 1_000, -1, 52_428_800],
    );
    expect([toBytes(Number.NaN), toBytes("much")]).toEqual([undefined, undefined]);
  });

  it.each([true, "true", "TRUE", "yes", "On", "t", "1", 1, "y"])(
    "C20 reads %j as true",
    (value) => {
      expect(toBoolean(value)).toBe(true);
    },
  );

  it.each([false, "false", "no", "OFF", "f", "0", 0, "n"])("C20 reads %j as false", (value) => {
    expect(toBoolean(value)).toBe(false);
  });

  it.each(["", "maybe", 2])("takes %j for neither true nor false", (value) => {
    expect(toBoolean(value)).toBeUndefined();
  });

  it.each(NO_SCALARS)("takes %j for no scalar of any kind", (value) => {
    const readers = [toText, toInteger, toDuration, toBytes, toBoolean];
    expect(readers.map((read) => read(value))).toEqual(readers.map(() => undefined));
  });
});

describe("what a message shows of a wrong value", () => {
  it("stays on one line and short", () => {
    expect(display("a\nb")).toBe(String.raw`"a\nb"`);
    expect(display("x".repeat(500)).length).toBeLessThan(70);
    expect(display(30)).toBe("30");
  });

  it("names a list or a group by its kind, however deep or circular", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect([display(circle), display({ a: 1 }), display(null)]).toEqual([
      "a list",
      "keys with values",
      "nothing",
    ]);
  });

  it("can name a kind without any content", () => {
    expect(["s", 1, true, [], {}, null].map((value) => kindOf(value))).toEqual([
      "text",
      "a number",
      "a boolean",
      "a list",
      "keys with values",
      "nothing",
    ]);
  });
});
