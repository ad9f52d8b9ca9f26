import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { withWorkers } from "./workers.ts";

const MAIN = fileURLToPath(new URL("../../../apps/server/src/main.ts", import.meta.url));

/** A program with the arguments that come before all others. */
export type Launcher = readonly [program: string, ...args: readonly string[]];

const SOURCES: Launcher = [process.execPath, "--conditions=@olla-ts/source", MAIN];

/** An empty folder of a test's own. */
export interface Folder extends Disposable {
  readonly path: string;
  readonly write: (name: string, text: string) => string;
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "olla-cli-"));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

/** How a program ended. */
export interface End {
  /** Exit status; null when a signal killed it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds on the monotonic clock, as `performance.now()` gives them. */
  readonly at: number;
}

/** `olla` as a process of its own, as a user runs it. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly end: Promise<End>;
  /** What it has written so far, both streams together. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Stops reading for good: what it writes from now on meets a broken pipe. */
  readonly leave: () => void;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the sources. */
  readonly launcher?: Launcher;
  /** Signals go to it and all it has started, as from a terminal. Default: to it alone. */
  readonly hasChildren?: boolean;
}

/** Starts the program. Disposing kills it. */
export function startProgram(
  args: readonly string[],
  { cwd, env = {}, launcher: [program, ...before] = SOURCES, hasChildren = false }: ProgramOptions,
): Program {
  const child = spawn(program, [...before, ...args], {
    cwd,
    env: withWorkers(env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: hasChildren,
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (!hasChildren || child.pid === undefined) child.kill(signal);
    else if (child.exitCode === null) process.kill(-child.pid, signal);
  };
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const end = endOf(child).then((status) => ({ status, stdout, stderr, at: performance.now() }));
  return {
    pid: child.pid ?? 0,
    end,
    output: () => stdout + stderr,
    kill,
    leave() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await end;
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  await once(child, "close");
  return child.exitCode;
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<End> {
  await using program = startProgram(args, options);
  return await program.end;
}

/** A listening socket that keeps a port from others. */
export interface TakenPort extends AsyncDisposable {
  readonly port: number;
}

/** Takes a free port, in a range that neither the system nor the simulator gives away. */
export async function takePort(): Promise<TakenPort> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 8_000);
    const server = createServer();
    if (!(await listens(server, port))) continue;
    return {
      port,
      async [Symbol.asyncDispose]() {
        server.close();
        await once(server, "close");
      },
    };
  }
}

async function listens(server: Server, port: number): Promise<boolean> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  }
}

/** A gateway as a process of its own that accepts connections. */
export interface RunningGateway extends Program {
  readonly url: string;
}

/** Starts a gateway on a free port; one that is taken in the meantime is given up for another. */
export async function startRunning(
  args: readonly string[],
  { env = {}, ...options }: ProgramOptions,
): Promise<RunningGateway> {
  for (;;) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = startProgram(args, {
      ...options,
      env: { OLLA_SERVER_HOST: "127.0.0.1", OLLA_SERVER_PORT: String(port), ...env },
    });
    const waiting = new AbortController();
    const ended = await Promise.race([program.end, answers(url, waiting.signal)]);
    waiting.abort();
    if (ended === undefined) return { ...program, url };
    if (ended.stderr.includes("another program uses the port")) continue;
    throw new Error(`the gateway ended with status ${ended.status}: ${ended.stderr}`);
  }
}

async function freePort(): Promise<number> {
  await using taken = await takePort();
  return taken.port;
}

/** Resolves once the gateway answers, or when nobody waits any more. */
async function answers(url: string, signal: AbortSignal): Promise<undefined> {
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/internal/health`);
      await response.arrayBuffer();
      return undefined;
    } catch {
      await delay(20);
    }
  }
  return undefined;
}
