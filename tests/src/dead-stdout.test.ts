import type { SimulatedBackend } from "@olla-ts/simulator";
import { startBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, until } from "./harness/gateway.ts";
import { makeFolder, startRunning, type Folder } from "./harness/program.ts";

describe("a gateway whose output nobody reads any more", () => {
  let folder: Folder;
  let backend: SimulatedBackend;

  beforeEach(async () => {
    folder = makeFolder();
    backend = await startBackend({ kind: "openai-compatible", name: "first", models: ["m"] });
    folder.write("config.yaml", configFor([backend], { more: "logging: {level: debug}" }));
  });

  afterEach(async () => {
    folder[Symbol.dispose]();
    await backend[Symbol.asyncDispose]();
  });

  it.each(["json", "text"])("ends on SIGTERM with a log in %s", async (format) => {
    await using gateway = await startRunning([], {
      cwd: folder.path,
      env: { OLLA_LOGGING_FORMAT: format },
    });
    gateway.leave();
    gateway.kill("SIGTERM");
    expect((await gateway.end).status).toBe(0);
  });

  it("goes on serving, and ends on SIGTERM", async () => {
    await using gateway = await startRunning([], { cwd: folder.path });
    await until(async () => (await chat(gateway.url, { model: "m" })).status === 200);
    gateway.leave();
    // Enough records to be written several times over.
    for (let round = 0; round < 60; round += 1) {
      expect((await chat(gateway.url, { model: "m" })).status).toBe(200);
    }
    gateway.kill("SIGTERM");
    expect((await gateway.end).status).toBe(0);
  });
});
