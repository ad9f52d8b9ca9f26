import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Folder, type Launcher, makeFolder, runProgram } from "../harness/program.ts";
import { expectCommands, expectServes } from "./expect-serves.ts";
import { BUNDLE, EXECUTABLE } from "./places.ts";

const MEGABYTE = 1_000_000;

let folder: Folder;

/** Away from the workspace, where nothing else can be found. */
beforeAll(() => {
  folder = makeFolder();
  for (const name of ["olla.cjs", "worker.cjs"]) {
    copyFileSync(join(BUNDLE, name), join(folder.path, name));
  }
  copyFileSync(join(EXECUTABLE, "olla"), join(folder.path, "olla"));
});

afterAll(() => {
  folder[Symbol.dispose]();
});

function licencesIn(place: string): string {
  return readFileSync(join(place, "LICENSES.txt"), "utf8");
}

describe.each([
  { what: "the bundle", launcher: (): Launcher => [execPath, join(folder.path, "olla.cjs")] },
  { what: "the executable", launcher: (): Launcher => [join(folder.path, "olla")] },
])("$what", ({ launcher }) => {
  const deployable = (): { launcher: Launcher; env: Record<string, string> } => ({
    launcher: launcher(),
    env: {},
  });

  it("has version, help and check", () => expectCommands(deployable()));

  it.each(["olla", "sherpa"])("serves with engine %s", (engine) =>
    expectServes(deployable(), { engine }),
  );

  it("serves with several threads", () => expectServes(deployable(), { workers: 2 }));

  it("knows the profiles and the schema", async () => {
    const options = { ...deployable(), cwd: folder.path };
    const { stdout, status } = await runProgram(["config", "schema"], options);
    expect(JSON.parse(stdout)).toHaveProperty("properties.proxy");
    expect(status).toBe(0);
  });
});

describe("sizes", () => {
  it("stay within what a download of them is worth", () => {
    expect(statSync(join(BUNDLE, "olla.cjs")).size).toBeLessThan(3 * MEGABYTE);
    expect(statSync(join(EXECUTABLE, "olla")).size).toBeLessThan(150 * MEGABYTE);
  });

  it("come with the licences of all that is inside", () => {
    for (const name of ["olla-ts", "hono", "pino", "undici", "zod"]) {
      expect(licencesIn(BUNDLE)).toMatch(new RegExp(`^${name}$`, "m"));
    }
    expect(licencesIn(EXECUTABLE)).toContain("\nNode.js\n");
  });
});
