import { describe, expect, it } from "vitest";

import { COMMANDS, type CommandSpec } from "./commands.ts";
import { HELP, helpOf } from "./help.ts";
import { parseArguments } from "./parse-arguments.ts";

const SPECS: readonly CommandSpec[] = COMMANDS;
const lines = HELP.split("\n");

/** The words of an example, without what a shell does with its output. */
function wordsOf(example: string): readonly string[] {
  return example.split(" > ", 1)[0]!.split(" ").filter(Boolean);
}

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

  it("names every command, with room behind it", () => {
    for (const { name, words, summary } of SPECS) {
      const written = `  ${name} ${words}`.trimEnd();
      expect(lines.some((line) => line.startsWith(`${written}  `) && line.endsWith(summary))).toBe(
        true,
      );
    }
  });

  it("shows examples that are understood", () => {
    const examples = lines
      .slice(lines.indexOf("Examples") + 1, lines.indexOf("Exit status"))
      .map((line) => /^ {2}(?:OLLA_\S+ )?olla ?(.*?)(?: {2,}.*)?$/.exec(line)?.[1])
      .filter((example) => example !== undefined);
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) {
      expect(() => parseArguments(wordsOf(example))).not.toThrow();
    }
  });
});

describe.each(COMMANDS)("the help of $name", (spec) => {
  const { name, flags, examples }: CommandSpec = spec;
  const text = helpOf(spec.name);

  it("fits 100 columns, and names every option and example", () => {
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
    for (const flag of flags) expect(text).toContain(`--${flag.name}`);
    for (const [example] of examples) expect(text).toContain(`olla ${example}`.trimEnd());
    expect(text).toContain(`olla ${name}`);
  });

  it("has at least one example, and each is understood as that command", () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const [example] of examples) {
      expect(parseArguments(wordsOf(example))).toMatchObject({ name });
    }
  });

  it("is what --help behind the command asks for", () => {
    const expected =
      name === "simulate" ? { name, words: ["--help"] } : { name: "help", topic: name };
    expect(parseArguments([name, "--help"])).toEqual(expected);
  });
});
