import { array, assert, constant, double, jsonValue, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import { MAX_LEVELS, parseJson, parseObject } from "./parse-json.ts";

/** A value inside so many lists. */
function nestedList(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

describe("parseJson", () => {
  it("gives what JSON.parse gives", () => {
    assert(
      property(jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });

  it.each(["9007199254740993", "12345678901234567890", "0.10000000000000000555", "1e400"])(
    "writes %s as it was read",
    (number) => {
      // The first value makes every body one whose numbers are looked at.
      const text = `{"long":9007199254740993,"n":[${number}]}`;
      expect(JSON.stringify(parseJson(text))).toBe(text);
    },
  );

  it("keeps the text of no number that a double holds", () => {
    assert(
      property(double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = JSON.stringify(number);
        expect(parseJson(`[${text},9007199254740993]`)).toEqual([
          JSON.parse(text),
          expect.anything(),
        ]);
      }),
    );
  });

  it("refuses what is no JSON", () => {
    for (const text of ["", "{", "nothing", "{'a':1}", "[1,]", '{"long":9007199254740993']) {
      expect(() => parseJson(text)).toThrow(
        expect.objectContaining({
          code: "invalid_request",
          message: "The body is not valid JSON.",
        }),
      );
    }
  });

  it("reads the deepest nesting it allows and refuses one level more", () => {
    expect(parseJson(nestedList(MAX_LEVELS))).toEqual(JSON.parse(nestedList(MAX_LEVELS)));
    expect(() => parseJson(nestedList(MAX_LEVELS + 1))).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: "The body is nested too deeply: 500 levels are allowed.",
      }),
    );
  });

  it.each([
    ["objects", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
    ["lists in objects", `${'{"a":['.repeat(300)}${"]}".repeat(300)}`],
    ["brackets that are never closed", "[".repeat(100_000)],
    ["numbers whose text is kept", `${"[".repeat(50_000)}9007199254740993${"]".repeat(50_000)}`],
  ])("refuses nesting by %s as too deep", (_kind, text) => {
    expect(() => parseJson(text)).toThrow("nested too deeply");
  });

  it("does not count brackets beside each other, nor those in texts", () => {
    const flat = JSON.stringify(Array.from({ length: 2_000 }, () => [{}]));
    expect(JSON.stringify(parseJson(flat))).toBe(flat);
    const texts = JSON.stringify([
      "[".repeat(2_000),
      `\\"${"{".repeat(2_000)}`,
      '\\\\"[['.repeat(600),
    ]);
    expect(JSON.stringify(parseJson(texts))).toBe(texts);
  });

  it("tells the depth of any text that is mostly brackets as a reader of values does", () => {
    const piece = oneof(constant("["), constant("{"), string({ maxLength: 3 }).map(quote));
    assert(
      property(array(piece, { maxLength: 1_200, size: "max" }), (pieces) => {
        // Openings alone are no JSON, so one of the two refusals is certain.
        const openings = pieces.filter((one) => one === "[" || one === "{").length;
        const text = `[${pieces.join("")}`;
        expect(() => parseJson(text)).toThrow(
          openings + 1 > MAX_LEVELS ? "nested too deeply" : "not valid JSON",
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("parseObject", () => {
  it("gives an object", () => {
    expect(parseObject('{"a":[1]}')).toEqual({ a: [1] });
  });

  it.each(["[]", "1", '"a"', "null", "{", "", "12345678901234567890", "-0.12345678901234567"])(
    "gives nothing for %s",
    (text) => {
      expect(parseObject(text)).toBeUndefined();
    },
  );

  it("gives nothing for an object that is nested too deeply", () => {
    expect(parseObject(`${'{"a":'.repeat(501)}1${"}".repeat(501)}`)).toBeUndefined();
  });

  it("never throws", () => {
    assert(property(string(), (text) => void parseObject(text)));
  });
});

function quote(text: string): string {
  return JSON.stringify(text);
}
