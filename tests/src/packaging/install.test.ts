import { readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { env as environment, execPath } from "node:process";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Folder, type Launcher, makeFolder } from "../harness/program.ts";
import { expectCommands, expectServes } from "./expect-serves.ts";
import { type PackageRegistry, startPackageRegistry } from "./package-registry.ts";
import { run } from "./run.ts";

const PACKAGE = "@olla-ts/server";

let folder: Folder;
let registry: PackageRegistry;
let env: Readonly<Record<string, string>>;

/** A clean place: neither settings nor what was fetched before come from the user. */
beforeAll(async () => {
  folder = makeFolder();
  registry = await startPackageRegistry();
  env = {
    PATH: [dirname(execPath), environment["PATH"]].join(delimiter),
    HOME: folder.path,
    npm_config_cache: join(folder.path, "cache"),
    npm_config_registry: registry.url,
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("npm install --global", () => {
  let prefix: string;
  let launcher: Launcher;

  beforeAll(async () => {
    prefix = join(folder.path, "global");
    launcher = [join(prefix, "bin", "olla")];
    const args = ["install", "--global", `--prefix=${prefix}`, PACKAGE];
    await run("npm", args, { cwd: folder.path, env });
  });

  it("installs one command and none of the tools it was built with", () => {
    expect(readdirSync(join(prefix, "bin"))).toEqual(["olla"]);
    const installed = readdirSync(join(prefix, "lib/node_modules", PACKAGE, "node_modules"));
    expect(installed).toContain("hono");
    expect(installed.filter((name) => /^(?:typescript|vite|vitest|preact)$/.test(name))).toEqual(
      [],
    );
  });

  it("gives a program with version, help and check", () => expectCommands({ launcher, env }));

  it.each(["olla", "sherpa"])("gives a gateway that serves with engine %s", (engine) =>
    expectServes({ launcher, env }, { engine }),
  );

  it("gives a gateway that serves with several threads", () =>
    expectServes({ launcher, env }, { workers: 2 }));
});

describe("npx", () => {
  it("runs the package's only command by the name of the package", async () => {
    const stdout = await run("npx", ["--yes", PACKAGE, "version"], { cwd: folder.path, env });
    expect(stdout).toMatch(/^olla \d/);
  });

  it("serves", () =>
    expectServes(
      { launcher: ["npx", "--yes", `--package=${PACKAGE}`, "olla"], env },
      { hasChildren: true },
    ));
});
