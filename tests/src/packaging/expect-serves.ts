import { startBackend } from "@olla-ts/simulator";
import { expect } from "vitest";

import { chat } from "../harness/chat.ts";
import { configFor, until } from "../harness/gateway.ts";
import { send } from "../harness/http-client.ts";
import { type Launcher, makeFolder, runProgram, startRunning } from "../harness/program.ts";

const MODEL = "llama3.2:3b";

/** What a program is started with. */
export interface Deployable {
  readonly launcher: Launcher;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Asserts that the program tells its version and help, and checks a configuration. */
export async function expectCommands({ launcher, env }: Deployable): Promise<void> {
  using folder = makeFolder();
  const options = { launcher, env, cwd: folder.path };

  const version = await runProgram(["version"], options);
  expect(version.stderr).toBe("");
  expect(version.stdout).toMatch(/^olla \d+\.\d+\.\d+\S* \(node v?24\.\S+, \w+\/\w+\)\n$/);
  const help = await runProgram(["--help"], options);
  expect(help.stdout).toContain("Usage\n");
  folder.write("config.yaml", "server: {port: 0}\n");
  const check = await runProgram(["check"], options);
  expect(check.stdout).toContain("[FAIL] config.yaml:1:10: server.port: must be at least 1");
  expect([version.status, help.status, check.status]).toEqual([0, 0, 1]);
}

export interface ServingOptions {
  /** Threads that serve. */
  readonly workers?: number;
  readonly engine?: string;
  /** Whether the gateway is a child of what is started. */
  readonly hasChildren?: boolean;
}

/** Asserts that the program serves: an answer, the page with what belongs to it, a good end. */
export async function expectServes(
  { launcher, env }: Deployable,
  { workers = 1, engine = "olla", hasChildren = false }: ServingOptions = {},
): Promise<void> {
  using folder = makeFolder();
  await using backend = await startBackend({
    kind: "vllm",
    name: "rack",
    models: [{ id: MODEL, tokens: 3 }],
  });
  folder.write("config.yaml", configFor([backend], { server: `  workers: ${workers}`, engine }));
  await using gateway = await startRunning(["serve"], {
    launcher,
    env,
    hasChildren,
    cwd: folder.path,
  });
  await until(() => gateway.output().includes('"Ready"'));

  if (workers > 1) expect(gateway.output()).toContain(`"workers":${workers}`);
  const answer = await chat(gateway.url);
  const text = await answer.text();
  expect({ status: answer.status, text }).toMatchObject({ status: 200 });
  expect(answer.headers.get("x-olla-endpoint")).toBe("rack");
  expect(text).toContain('"object":"chat.completion"');

  const page = await send(gateway.url, { path: "/internal/ui/" });
  const linked = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(linked.length).toBeGreaterThan(1);
  for (const coding of ["identity", "gzip", "br"]) {
    for (const path of linked.filter((one) => one.includes("/assets/"))) {
      const file = await send(gateway.url, { path, headers: { "Accept-Encoding": coding } });
      expect([file.status, file.headers["content-encoding"] ?? "identity"]).toEqual([200, coding]);
    }
  }

  gateway.kill("SIGTERM");
  const { status, stdout } = await gateway.end;
  expect(stdout).toContain('"msg":"Stopped"');
  // Whatever started the gateway has an end of its own.
  if (!hasChildren) expect(status).toBe(0);
}
