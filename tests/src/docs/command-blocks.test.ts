import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startDocsFleet, type DocsFleet } from "./fleet.ts";
import { isShown, readPages, type Block } from "./pages.ts";
import { openShell, type Shell } from "./shell.ts";

const pages = readPages()
  .map(({ path, blocks }) => ({ path, blocks: blocks.filter((block) => isUsed(block)) }))
  .filter(({ blocks }) => blocks.some((block) => isCommand(block)));

function isCommand({ language }: Block): boolean {
  return language === "sh" || language === "console";
}

function isUsed(block: Block): boolean {
  return (isCommand(block) && !isShown(block)) || block.words.has("file");
}

let fleet: DocsFleet;

beforeAll(async () => {
  fleet = await startDocsFleet();
}, 60_000);

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

describe.each(pages)("commands of $path", ({ blocks }) => {
  let shell: Shell;

  beforeAll(() => {
    shell = openShell(fleet.world.url);
  });

  afterAll(() => {
    shell[Symbol.dispose]();
  });

  it.each(blocks)(
    "$place does what it says",
    async ({ language, words, text }) => {
      const local = fleet.toLocal(text);
      const file = words.get("file");
      if (file !== undefined) {
        shell.write(file, local);
        return;
      }
      if (language === "sh") await expectSuccess(local);
      for (const { command, output } of language === "console" ? readSession(local) : []) {
        const shown = (await expectSuccess(command))
          .split("\n")
          .map((line) => withoutFigures(line));
        const told = output.map((line) => withoutFigures(line)).filter((line) => /[^…]/.test(line));
        expect(shown).toEqual(expect.arrayContaining(told));
      }
    },
    30_000,
  );

  async function expectSuccess(script: string): Promise<string> {
    const { status, stdout, stderr } = await shell.run(script);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.not.stringMatching(/\[FAIL\]/),
    });
    expect(stdout, "an answer that tells of a failure").not.toMatch(
      /"error": ?\{|404 page not found/,
    );
    return stdout;
  }
});

/** Commands behind `$ `, each with what it prints. */
function readSession(text: string): readonly { command: string; output: string[] }[] {
  const session: { command: string; output: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) session.push({ command: line.slice(2), output: [] });
    else session.at(-1)?.output.push(line);
  }
  return session;
}

/** What stays the same from one run to the next: without figures and the width of columns. */
function withoutFigures(line: string): string {
  return line.replaceAll(/\d+/g, "0").replaceAll(/\s+/g, " ").trim();
}
