import { describe, expect, it } from "vitest";

import { HELP } from "./help.ts";
import { parseArguments } from "./parse-arguments.ts";

const lines = HELP.split("\n");

describe("the help text", () => {
  it("fits a terminal of 100 columns and ends with a line break", () => {
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(HELP.endsWith("\n")).toBe(true);
  });

  it("names no flag that is not understood", () => {
    const flags = HELP.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [];
    expect(flags).toContain("--config");
    for (const flag of flags)
      expect(() => parseArguments([flag, "value"])).not.toThrow(/unknown flag/);
  });

  it("names every command", () => {
    for (const command of ["serve", "check", "version", "help"]) {
      expect(
        lines.some((line) => line.includes(`olla ${command}`) || line.includes(`[${command}]`)),
      ).toBe(true);
    }
  });

  it("shows examples that are understood", () => {
    const examples = lines
      .slice(lines.indexOf("Examples") + 1, lines.indexOf("Exit status"))
      .map((line) => /^ {2}(?:OLLA_\S+ )?olla ?(.*?)(?: {2,}.*)?$/.exec(line)?.[1])
      .filter((example) => example !== undefined);
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) {
      expect(() => parseArguments(example.split(" ").filter(Boolean))).not.toThrow();
    }
  });
});
