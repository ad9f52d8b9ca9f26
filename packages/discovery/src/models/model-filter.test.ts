import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compileModelFilter } from "./model-filter.ts";

function excludes(pattern: string, name: string): boolean {
  return !compileModelFilter({ include: [], exclude: [pattern] })(name);
}

describe("compileModelFilter", () => {
  it("RT-66 excludes nomic-embed by *EMBED*", () => {
    expect(excludes("*EMBED*", "nomic-embed")).toBe(true);
  });

  it("RT-66 lets exclude beat include", () => {
    const isUsed = compileModelFilter({ include: ["qwen*"], exclude: ["*-coder"] });
    expect(["qwen3", "qwen3-coder", "llama3"].filter(isUsed)).toEqual(["qwen3"]);
  });

  it("RT-66 admits every name when include is empty", () => {
    const isUsed = compileModelFilter({ include: [], exclude: [] });
    expect(isUsed("anything/at:all")).toBe(true);
    expect(isUsed("")).toBe(true);
  });

  it.each([
    { pattern: "pine", name: "Pine", matches: true },
    { pattern: "pine", name: "pine:7b", matches: false },
    { pattern: "pine*", name: "pine", matches: true },
    { pattern: "*:7b", name: "pine:7b", matches: true },
    { pattern: "*:7b", name: "pine:7b-q4", matches: false },
    { pattern: "qwen*coder*", name: "Qwen2.5-Coder-7B", matches: true },
    { pattern: "qwen*coder*", name: "qwen3", matches: false },
    { pattern: "a*b*c", name: "a-bc-b-c", matches: true },
    { pattern: "a*b*c", name: "acb", matches: false },
    { pattern: "pine:?b", name: "pine:7b", matches: true },
    { pattern: "pine:?b", name: "pine:13b", matches: false },
    { pattern: "*", name: "x/y", matches: true },
    { pattern: "a.b", name: "axb", matches: false },
    { pattern: "org/[x]*", name: "ORG/[X](1)", matches: true },
  ])("matches $pattern against $name: $matches", ({ pattern, name, matches }) => {
    expect(excludes(pattern, name)).toBe(matches);
  });

  it.each(["", "   ", "a**", "**", "x**y"])("R18 refuses the pattern %j", (pattern) => {
    expect(() => compileModelFilter({ include: ["ok", pattern], exclude: [] })).toThrow(RangeError);
    expect(() => compileModelFilter({ include: [], exclude: [pattern] })).toThrow(RangeError);
  });

  it("R18 names the pattern it refuses", () => {
    expect(() => compileModelFilter({ include: ["a**b"], exclude: [] })).toThrow('"a**b"');
  });

  it("finds any name by its own pieces with stars between", () => {
    const pieces = fc.array(fc.stringMatching(/^[a-z0-9.:/-]{1,4}$/), { minLength: 1 });
    fc.assert(
      fc.property(pieces, fc.stringMatching(/^[a-z0-9]{0,5}$/), (parts, filler) => {
        expect(excludes(parts.join("*"), parts.join(filler))).toBe(true);
      }),
    );
  });

  it("answers at once for a pattern made to be slow", () => {
    const started = performance.now();
    expect(excludes(`${"a*".repeat(40)}b`, "a".repeat(20_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
