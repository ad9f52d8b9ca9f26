import { readFileSync } from "node:fs";
import { join } from "node:path";

import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, until } from "./harness/gateway.ts";
import { makeFolder, startRunning, type Folder, type RunningGateway } from "./harness/program.ts";

const MODEL = "m1";

let folder: Folder;
let backend: SimulatedBackend;

beforeEach(async () => {
  folder = makeFolder();
  backend = await startBackend({ kind: "openai-compatible", name: "a", models: [MODEL] });
  folder.write("config.yaml", configFor([backend]));
});

afterEach(async () => {
  await backend[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function start(args: readonly string[] = []): Promise<RunningGateway> {
  const gateway = await startRunning(args, { cwd: folder.path });
  await until(() => gateway.output().includes('"Ready"'));
  return gateway;
}

function change(edit: (text: string) => string): void {
  folder.write("config.yaml", edit(readFileSync(join(folder.path, "config.yaml"), "utf8")));
}

/** Gives the endpoint a token, and a size that the running gateway cannot change. */
function useKey(key: string): void {
  change((text) =>
    text
      .replace(/\n +auth:.*/, "")
      .replace("priority: 100", `priority: 100\n        auth: { type: bearer, token: ${key} }`)
      .replace(/(limits: .*)?$/, "limits: { max_models: 77 }"),
  );
}

function occurrences({ output }: RunningGateway, text: string): number {
  return output().split(text).length - 1;
}

describe("a changed configuration file", () => {
  it("C27 is in force without a restart, and the log tells what changed", async () => {
    await using gateway = await start();
    expect((await chat(gateway.url, { model: "house" })).status).toBe(404);
    change((text) => `${text}\nmodel_aliases: { house: [${MODEL}] }\n`);
    await until(() => gateway.output().includes("Configuration reloaded"));
    expect((await chat(gateway.url, { model: "house" })).status).toBe(200);
    expect(gateway.output()).toContain("model_aliases.house: added");
    expect(gateway.output()).toContain('"why":"file changed"');
  });

  it("C27 changes nothing when it is faulty; the log tells line and key, and a later one counts", async () => {
    await using gateway = await start();
    change((text) => text.replace("load_balancer: least-connections", "load_balancer: fastest"));
    await until(() => gateway.output().includes("the former one stays in force"));
    expect(gateway.output()).toMatch(/config\.yaml:\d+:\d+: proxy\.load_balancer/);
    expect((await chat(gateway.url, { model: MODEL })).status).toBe(200);
    change((text) => text.replace("load_balancer: fastest", "load_balancer: priority"));
    await until(() => gateway.output().includes("Configuration reloaded"));
    expect(gateway.output()).toContain("least-connections");
    expect((await chat(gateway.url, { model: MODEL })).status).toBe(200);
  });

  it("is not looked at when that is switched off, until SIGHUP asks for it", async () => {
    change((text) => text.replace("server:\n", "server:\n  watch_config: false\n"));
    await using gateway = await start();
    change((text) => `${text}\nmodel_aliases: { house: [${MODEL}] }\n`);
    gateway.kill("SIGHUP");
    await until(() => gateway.output().includes("Configuration reloaded"));
    expect(gateway.output()).toContain('"why":"SIGHUP"');
    expect(gateway.output()).not.toContain('"why":"file changed"');
    expect((await chat(gateway.url, { model: "house" })).status).toBe(200);
  });

  it("tells which keys wait for a restart, and never a secret", async () => {
    await using gateway = await start();
    for (const [turn, key] of ["s3cret-one", "s3cret-two"].entries()) {
      useKey(key);
      await until(() => occurrences(gateway, "Configuration reloaded") > turn);
    }
    expect(gateway.output()).toContain("limits.max_models: 1024 → 77: needs a restart");
    expect(gateway.output()).toContain("auth.token: changed");
    expect(gateway.output()).not.toContain("s3cret");
  });
});

describe("SIGHUP", () => {
  it("C27 reads the configuration again and does not end the gateway", async () => {
    await using gateway = await start();
    for (let turn = 1; turn <= 3; turn += 1) {
      gateway.kill("SIGHUP");
      await until(() => occurrences(gateway, "Configuration reloaded") >= turn);
    }
    expect((await chat(gateway.url, { model: MODEL })).status).toBe(200);
  });

  it("keeps the backends that were found where there is no configuration file", async () => {
    using empty = makeFolder();
    await using gateway = await startRunning([], { cwd: empty.path });
    await until(() => gateway.output().includes('"Ready"'));
    const before = await endpointNames(gateway);
    gateway.kill("SIGHUP");
    await until(() => gateway.output().includes("Configuration reloaded"));
    expect(await endpointNames(gateway)).toEqual(before);
    expect(gateway.output()).toContain("No configuration file found: the endpoints stay");
  });
});

async function endpointNames({ url }: RunningGateway): Promise<readonly string[]> {
  const response = await fetch(`${url}/internal/status/endpoints`);
  const { endpoints } = (await response.json()) as { endpoints: { name: string }[] };
  return endpoints.map(({ name }) => name).toSorted();
}
