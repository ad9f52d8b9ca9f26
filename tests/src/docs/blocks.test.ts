import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { isShown, readBlocks, readPages } from "./pages.ts";

/** What runs or checks a block of the language; `shown` is never more than shown. */
const LANGUAGES: Readonly<Record<string, "checked" | "shown">> = {
  yaml: "checked",
  json: "checked",
  sh: "checked",
  console: "checked",
  js: "checked",
  ts: "checked",
  python: "checked",
  text: "shown",
  nginx: "checked",
  ini: "shown",
  dockerfile: "shown",
  promql: "shown",
};

/** Why a block is not run. */
const REASONS: readonly string[] = [
  "installs software",
  "starts another program",
  "configures another program",
  "has a test of its own",
  "needs root",
  "takes long",
];

const WORDS: ReadonlySet<string> = new Set([
  "no-run",
  "reason",
  "file",
  "profile",
  "models",
  "warns",
]);

const blocks = readPages().flatMap((page) => page.blocks);

describe("blocks of the documentation", () => {
  it("are found", () => {
    expect(blocks.length).toBeGreaterThan(50);
    expect(readBlocks("p", 'a\n  ```sh no-run reason="a b" file=c\n  d\n   e\n  ```\n')).toEqual([
      {
        place: "p:2",
        language: "sh",
        words: new Map([
          ["no-run", ""],
          ["reason", "a b"],
          ["file", "c"],
        ]),
        text: "d\n e",
      },
    ]);
    expect(() => readBlocks("p", "```sh\nd\n")).toThrow("p:1: the block has no end");
  });

  it("are in languages that are known here", () => {
    const unknown = blocks.filter(({ language }) => !Object.hasOwn(LANGUAGES, language));
    expect(unknown.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
  });

  it("carry no word that is unknown here", () => {
    const strange = blocks.filter(({ words }) =>
      [...words.keys()].some((word) => !WORDS.has(word)),
    );
    expect(strange.map(({ place }) => place)).toEqual([]);
  });

  it("are run, unless there is one of the known reasons", () => {
    const idle = blocks.filter(
      (block) =>
        isShown(block) !== block.words.has("reason") ||
        (isShown(block) && !REASONS.includes(block.words.get("reason") ?? "")),
    );
    expect(idle.map(({ place }) => place)).toEqual([]);
  });

  it("are run for the most part", () => {
    const runnable = blocks.filter(({ language }) => LANGUAGES[language] === "checked");
    const idle = runnable.filter((block) => isShown(block));
    expect(idle.length / runnable.length).toBeLessThan(0.3);
  });

  it.each(blocks.filter(({ language }) => language === "json"))("$place is JSON", ({ text }) => {
    expect(JSON.parse(text)).toBeTypeOf("object");
  });

  it.each(blocks.filter(({ language }) => language === "yaml"))("$place is YAML", ({ text }) => {
    expect(parse(text)).toBeTypeOf("object");
  });
});
