import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { pinned } from "../measure/processes.ts";
import type { Backend } from "./backend.ts";
import { endOf } from "./child.ts";
import type { Target } from "./target.ts";

/** A target that is up. */
export interface RunningTarget extends AsyncDisposable {
  readonly target: Target;
  /** 0 for the backend itself. */
  readonly pid: number;
  readonly url: string;
  /** Of its server, without a path. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the start of its process to its first answer. */
  readonly firstAnswerMs: number;
}

export interface StartOptions {
  readonly backend: Backend;
  readonly port: number;
  readonly cores: string | undefined;
  /** Asked for until it is answered. Default: the first of the backend. */
  readonly model?: string;
}

const LONGEST_START_MS = 90_000;
const ASK_AGAIN_MS = 3;
const LONGEST_STOP_MS = 5_000;
const LOG_TAIL = 1_500;

/** @throws Error when it does not answer a chat within 90 seconds */
export async function startTarget(target: Target, options: StartOptions): Promise<RunningTarget> {
  const { backend, port, cores } = options;
  const headers = target.headers?.({ endpoints: backend.endpoints }) ?? {};
  if (target.launch === undefined) {
    const origin = backend.endpoints[0]?.url ?? "";
    const url = origin + target.chatPath;
    return {
      target,
      pid: 0,
      url,
      origin,
      headers,
      firstAnswerMs: 0,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const directory = mkdtempSync(join(tmpdir(), `bench-${target.name}-`));
  const { endpoints, models } = backend;
  const plan = { port, directory, endpoints, models, workers: target.workers ?? 1 };
  const { command, files = {}, environment = {}, workingDirectory } = target.launch(plan);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(directory, name), content);
  const logPath = join(directory, "log.txt");
  const log = openSync(logPath, "w");
  const [program, ...args] = pinned(command, cores);
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: workingDirectory ?? directory,
    env: { ...process.env, ...environment },
    stdio: ["ignore", log, log],
    // A group of its own, so that what it starts ends with it.
    detached: true,
  });
  closeSync(log);
  children.set(child, directory);
  const stop = async (): Promise<void> => {
    await stopGroup(child);
    rmSync(directory, { recursive: true, force: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  try {
    const url = origin + target.chatPath;
    const model = options.model ?? models[0] ?? "";
    await firstAnswer(child, { url, headers, model });
    const firstAnswerMs = performance.now() - startedAt;
    const pid = child.pid ?? 0;
    return { target, pid, url, origin, headers, firstAnswerMs, [Symbol.asyncDispose]: stop };
  } catch (cause) {
    const tail = readFileSync(logPath, "utf8").slice(-LOG_TAIL);
    await stop();
    throw new Error(`${target.name} did not start: ${String(cause)}\n${tail}`, { cause });
  }
}

interface Probe {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

async function firstAnswer(child: ChildProcess, { url, headers, model }: Probe): Promise<void> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "hello" }] });
  const deadline = performance.now() + LONGEST_START_MS;
  let last: unknown;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("it ended");
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer bench", ...headers },
        body,
        signal: AbortSignal.timeout(5_000),
      });
      const text = await response.text();
      if (response.status === 200) return;
      last = `status ${response.status}: ${text.slice(0, 300)}`;
    } catch (error) {
      last = error;
    }
    await sleep(ASK_AGAIN_MS);
  }
  throw new Error(`no answer within ${LONGEST_START_MS} ms: ${String(last)}`);
}

/** What runs, and its directory. */
const children = new Map<ChildProcess, string>();

// Nothing that was started outlives the bench, unless it is killed.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
process.on("exit", () => {
  for (const [child, directory] of children) {
    signalGroup(child, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
});

async function stopGroup(child: ChildProcess): Promise<void> {
  const ended = endOf(child);
  signalGroup(child, "SIGTERM");
  await Promise.race([ended, sleep(LONGEST_STOP_MS, undefined, { ref: false })]);
  signalGroup(child, "SIGKILL");
  await ended;
  children.delete(child);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
