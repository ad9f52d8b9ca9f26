import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createRecordingLogger } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { prepare, type ServedSetup } from "../compose-setup.ts";
import { loadConfig } from "../config/load.ts";
import { locateConfig } from "../config/locate.ts";
import { createReload } from "./reload.ts";

let cwd: string;
let env: Record<string, string>;
let log: ReturnType<typeof createRecordingLogger>;
let served: ServedSetup[];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "olla-reload-"));
  env = {};
  served = [];
  log = createRecordingLogger();
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function write(name: string, ...endpoints: readonly string[]): void {
  const list = endpoints.map((one) => `{ name: ${one}, url: "http://${one}.test", type: openai }`);
  writeFileSync(join(cwd, name), `discovery: { static: { endpoints: [${list.join(", ")}] } }`);
}

/** A gateway that only remembers what it is told to serve. */
function start(found?: Pick<ServedSetup, "endpoints" | "simulated">): () => Promise<void> {
  const setup = {
    ...prepare(loadConfig(locateConfig({ named: undefined, env, cwd }), env), { env, cwd }),
    simulated: false,
    ...found,
  };
  const gateway = {
    reload(next: ServedSetup): Promise<void> {
      served.push(next);
      return Promise.resolve();
    },
  };
  const world = { env, cwd };
  const reload = createReload({ gateway, setup, configPath: undefined, strict: false, world, log });
  return () => reload("SIGHUP");
}

function names(): readonly (readonly string[])[] {
  return served.map(({ endpoints }) => endpoints.map(({ name }) => name));
}

/** Backends as the search of this machine gives them. */
function fleet(): Pick<ServedSetup, "endpoints" | "simulated"> {
  write("other.yaml", "demo");
  const loaded = loadConfig(locateConfig({ named: "other.yaml", env, cwd }), env);
  return { endpoints: prepare(loaded, { env, cwd }).endpoints, simulated: true };
}

describe("reloading without a configuration file", () => {
  it("keeps the backends that were found, and says so", async () => {
    const reload = start(fleet());
    await reload();
    await reload();
    expect(names()).toEqual([["demo"], ["demo"]]);
    expect(served.map(({ simulated }) => simulated)).toEqual([true, true]);
    expect(JSON.stringify(log.lines)).toContain("No configuration file found: the endpoints stay");
  });

  it("serves a file that has come since, and nothing simulated", async () => {
    const reload = start(fleet());
    write("config.yaml", "a");
    await reload();
    expect(names()).toEqual([["a"]]);
    expect(served[0]?.simulated).toBe(false);
  });
});

describe("reloading a configuration file", () => {
  const STAYS = "the former one stays in force";

  it.each([
    ["is gone", undefined, "config.yaml: the file is gone"],
    ["is empty", "", "config.yaml: the file holds no keys"],
    ["is blank", "\n  \n", "config.yaml: the file holds no keys"],
    ["holds comments alone", "# server:\n---\n", "config.yaml: the file holds no keys"],
    ["holds an empty map", "{}", "config.yaml: the file holds no keys"],
  ])("C27 changes nothing when it %s, until it is back", async (_case, text, told) => {
    write("config.yaml", "a");
    write("default.yaml", "b");
    const reload = start();
    if (text === undefined) rmSync(join(cwd, "config.yaml"));
    else writeFileSync(join(cwd, "config.yaml"), text);
    await reload();
    expect(served).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toEqual([told, expect.stringContaining(STAYS)]);
    write("config.yaml", "c");
    await reload();
    expect(names()).toEqual([["c"]]);
  });

  it("reads the one of the start, also when one has come that would be found first", async () => {
    write("config.yaml", "a");
    const reload = start();
    mkdirSync(join(cwd, "config"));
    write("config/config.yaml", "b");
    await reload();
    expect(names()).toEqual([["a"]]);
  });

  it("stays with a file that has come since the start", async () => {
    const reload = start(fleet());
    write("config.yaml", "a");
    await reload();
    rmSync(join(cwd, "config.yaml"));
    await reload();
    expect(names()).toEqual([["a"]]);
    expect(JSON.stringify(log.lines)).toContain(STAYS);
  });
});
