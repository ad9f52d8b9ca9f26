import { describe, expect, it } from "vitest";

import { compileLinearPattern, type LinearPattern } from "./linear-pattern.ts";

function compile(source: string, ignoreCase = false): LinearPattern {
  const pattern = compileLinearPattern(source, { ignoreCase });
  if ("fault" in pattern) throw new Error(pattern.fault);
  return pattern;
}

describe("compileLinearPattern", () => {
  it("gives the whole match and its groups", () => {
    const pattern = compile(String.raw`^(pine)(?:-(\d+))?`);
    expect(pattern.groups).toBe(2);
    expect(pattern.exec("pine-7b")).toEqual(["pine-7", "pine", "7"]);
    expect(pattern.exec("pine")).toEqual(["pine", "pine", undefined]);
    expect(pattern.exec("oak")).toBeNull();
  });

  it.each([
    ["(?i)^PINE", "pine-7b"],
    ["(?P<family>pine)", "a pine"],
    [String.raw`\Apine\z`, "pine"],
    ["[[:alpha:]]+-7b$", "pine-7b"],
  ])("reads %s, as RE2 does and JavaScript does not", (source, text) => {
    expect(compile(source).exec(text)).not.toBeNull();
  });

  it("ignores case when told to", () => {
    expect(compile("pine", true).exec("PINE")).toEqual(["PINE"]);
    expect(compile("pine").exec("PINE")).toBeNull();
  });

  it.each(["(a+)+$", "(a|aa)+$", "(.*)*x", "a*a*a*a*a*a*a*a*b"])(
    "comes to an end with %s, which a backtracking engine would try for years",
    (source) => {
      expect(compile(source).exec(`${"a".repeat(200)}!`)).toBeNull();
    },
  );

  it("sees no more than the first 256 characters", () => {
    expect(compile("end$").exec(`${"x".repeat(253)}end`)).toEqual(["end"]);
    expect(compile("end$").exec(`${"x".repeat(254)}end`)).toBeNull();
  });

  it.each([
    ["(", "does not compile"],
    ["(?=a)", "does not compile"],
    ["a{1001}", "does not compile"],
    ["x".repeat(1_001), "is longer than 1000 characters"],
  ])("refuses %.20s with a reason", (source, fault) => {
    expect(compileLinearPattern(source)).toMatchObject({ fault: expect.stringContaining(fault) });
  });
});
