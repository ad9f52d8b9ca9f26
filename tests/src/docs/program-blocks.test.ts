import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startDocsFleet, type DocsFleet } from "./fleet.ts";
import { isShown, readPages, ROOT } from "./pages.ts";
import { endOf, type ShellEnd } from "./shell.ts";

const blocks = readPages()
  .flatMap((page) => page.blocks)
  .filter((block) => !isShown(block));
const scripts = blocks.filter(({ language }) => language === "js" || language === "ts");
const python = blocks.filter(({ language }) => language === "python");

/** The one with the clients of tests/python, where that was set up; else any. */
const PYTHON = [join(ROOT, "tests/python/.venv/bin/python"), "python3"].find(
  (program) => (!program.includes("/") || existsSync(program)) && has(program, "sys"),
);
const hasClients = PYTHON !== undefined && has(PYTHON, "openai, anthropic, ollama");

function has(program: string, modules: string): boolean {
  return spawnSync(program, ["-c", `import ${modules}`], { stdio: "ignore" }).status === 0;
}

/** Runs a program where it finds the clients that the tests depend on. */
function run(program: string, args: readonly string[], code: string): Promise<ShellEnd> {
  const child = spawn(program, args, { cwd: join(ROOT, "tests") });
  child.stdin.end(code);
  return endOf(child);
}

/** Prints something, and complains of nothing. */
const answered = { status: 0, stderr: "", stdout: expect.stringMatching(/\S/) as unknown };

let fleet: DocsFleet;

beforeAll(async () => {
  fleet = await startDocsFleet();
}, 60_000);

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

describe("programs of the documentation", () => {
  it.each(scripts)(
    "$place talks to a model",
    async ({ language, text: code }) => {
      const before = fleet.served();
      const type = language === "ts" ? "module-typescript" : "module";
      const end = await run(process.execPath, [`--input-type=${type}`], fleet.toLocal(code));
      expect(end).toEqual(answered);
      expect(fleet.served()).toBeGreaterThan(before);
    },
    30_000,
  );

  it.runIf(PYTHON !== undefined).each(python)("$place is Python", ({ text: code }) => {
    const compile = "import sys; compile(sys.stdin.read(), 'block', 'exec')";
    const options = { input: code, encoding: "utf8" } as const;
    const { status, stderr } = spawnSync(PYTHON ?? "", ["-c", compile], options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.runIf(hasClients).each(python)(
    "$place talks to a model",
    async ({ text: code }) => {
      const before = fleet.served();
      expect(await run(PYTHON ?? "", ["-"], fleet.toLocal(code))).toEqual(answered);
      expect(fleet.served()).toBeGreaterThan(before);
    },
    30_000,
  );
});
