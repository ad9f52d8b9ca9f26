import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
