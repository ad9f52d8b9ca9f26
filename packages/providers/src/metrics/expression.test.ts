import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compileExpression, type Scalar } from "./expression.ts";

const NAMES = new Set(["a", "b", "missing", "word"]);
const FIELDS = new Map<string, Scalar>([
  ["a", 6],
  ["b", 4],
  ["word", "stop"],
]);

function work(text: string): Scalar {
  return compileExpression(text, NAMES)(FIELDS);
}

/** The result, null when the text is no expression, or what else was thrown. */
function attempt(text: string): unknown {
  try {
    return work(text);
  } catch (error) {
    return error instanceof SyntaxError ? null : error;
  }
}

describe("compileExpression", () => {
  it.each<readonly [string, Scalar]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["7 % 4 - -1", 4],
    ["10 - 3 - 2", 5],
    ["a * 1000 / b", 1_500],
    ["1e3 + 0.5", 1_000.5],
    ["a > b ? a : b", 6],
    ["a < b ? 1 : a == 6 ? 2 : 3", 2],
    ["a >= 6 && !(b > 5) || false", true],
    ["a > 5 and not (b > 5)", true],
    ["word != ''", true],
    ['word == "stop"', true],
    ["len(word) > 0", true],
    ["round(a / b)", 2],
    ["int(7.9) + floor(0.5) + ceil(0.5) + abs(-1)", 9],
  ])("PV-61 works %s out", (text, result) => {
    expect(work(text)).toBe(result);
  });

  it.each<readonly [string, Scalar]>([
    ["missing * 2", null],
    ["a / 0", null],
    ["word + 1", null],
    ["missing > 0 ? missing : a", 6],
    ["missing ?? b", 4],
    ["missing == null", true],
    ["missing != nil", false],
    ["len(missing)", 0],
    ["-word", null],
  ])("PV-61 makes %s %s where something is missing or of another kind", (text, result) => {
    expect(work(text)).toBe(result);
  });

  it.each([
    ["", "unexpected the end"],
    ["a +", "unexpected the end"],
    ["a b", "unexpected b"],
    ["(a", '")" is missing'],
    ["a ? b", '":" is missing'],
    ["other * 2", '"other" is no field'],
    ["constructor", '"constructor" is no field'],
    ["toString(a)", '"toString" is no function'],
    ["a.b", "unexpected"],
    ["a[0]", "unexpected"],
    ["a = 1", "unexpected"],
    ["`a`", "unexpected"],
    ["'open", "unexpected"],
    [`${"(".repeat(40)}a${")".repeat(40)}`, "too many parts"],
    ["!".repeat(40) + "a", "too many parts"],
    ["a+".repeat(600) + "a", "longer than 1000"],
  ])("PV-61 refuses %s and says why", (text, reason) => {
    expect(() => compileExpression(text, NAMES)).toThrow(SyntaxError);
    expect(() => compileExpression(text, NAMES)).toThrow(reason);
  });

  it("gives a scalar or throws a SyntaxError, whatever the text", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "(",
      ")",
      "+",
      "?",
      ":",
      "1",
      '"',
      "len",
      "!",
      ",",
      " ",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = attempt(text);
        expect(result === null || typeof result !== "object").toBe(true);
      }),
    );
  });
});
