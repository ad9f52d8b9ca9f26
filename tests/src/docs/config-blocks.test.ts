import { runCheck } from "@olla-ts/server/cli/check";
import { describe, expect, it } from "vitest";

import { makeFolder } from "../harness/program.ts";
import { isShown, readPages, type Block } from "./pages.ts";
import { writeBelow } from "./write-below.ts";

const blocks = readPages()
  .flatMap((page) => page.blocks)
  .filter((block) => block.language === "yaml" && !isShown(block));

/** Values for the variables that a configuration speaks of. */
function variablesOf({ text }: Block): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => [name, "a-value-of-this-test"]),
  );
}

/** Where a block of this kind is looked for. */
function fileOf({ words }: Block): string {
  if (words.has("profile")) return "config/profiles/own.yaml";
  return words.has("models") ? "config/models.yaml" : "config.yaml";
}

async function check(block: Block): Promise<{ status: number; output: string }> {
  using folder = makeFolder();
  writeBelow(folder, fileOf(block), block.text);
  for (const [, name = ""] of block.text.matchAll(/_file: *"?([\w./-]+)/g)) {
    writeBelow(folder, name, "secret-of-a-test\n");
  }
  let output = "";
  const status = await runCheck(
    { configPath: undefined, strict: true },
    { env: variablesOf(block), cwd: folder.path, print: (text) => (output += text) },
  );
  return { status, output };
}

describe("configurations of the documentation", () => {
  it.each(blocks.filter(({ words }) => !words.has("warns")))(
    "$place has no mistake",
    async (block) => {
      const { status, output } = await check(block);
      expect(output).not.toMatch(/^\[(?:FAIL|WARN)\]/m);
      expect(output.includes("rules for models")).toBe(block.words.has("models"));
      expect(status).toBe(0);
    },
  );

  it.each(blocks.filter(({ words }) => words.has("warns")))(
    "$place has no mistake, and is warned of as its page says",
    async (block) => {
      const { output } = await check(block);
      expect(output).toMatch(/^Result: FAIL \(0 error\(s\), [1-9]/m);
    },
  );

  it.each([
    { title: "a key that does not exist", text: "servre: {}", words: new Map() },
    { title: "a value that is not allowed", text: "proxy: {engine: fast}", words: new Map() },
    {
      title: "a faulty profile",
      text: "name: own\nextends: nobody",
      words: new Map([["profile", ""]]),
    },
    {
      title: "faulty rules for models",
      text: "model_families: 7\nsizes: 1",
      words: new Map([["models", ""]]),
    },
  ])("$title would be found", async ({ text, words }) => {
    const { status } = await check({ place: "", language: "yaml", text, words });
    expect(status).toBe(1);
  });
});
