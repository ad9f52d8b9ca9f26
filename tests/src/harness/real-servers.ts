import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** A real inference server in a process of its own. */
export interface RealServer extends AsyncDisposable {
  readonly name: string;
  /** With the prefix it serves below, when it has one. */
  readonly url: string;
  /** Type of its endpoint. */
  readonly type: "llamacpp" | "mlx-lm";
  /** Id under which it lists its model. */
  readonly model: string;
  readonly apiKey: string | undefined;
  /** Ends the process as a crash does (SIGKILL); resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it on the same port again. */
  readonly restart: () => Promise<void>;
}

/** How a llama.cpp server differs from one with a slot and no key. */
export interface LlamaOptions {
  /** Requests served at the same time; the others wait. Default 1. */
  readonly parallel?: number;
  readonly apiKey?: string;
  /** Path below which everything is served, starting with `/`. */
  readonly prefix?: string;
}

const FOLDER = join(import.meta.dirname, "../../real-backends");
const PYTHON = join(FOLDER, ".venv/bin/python");
const MODELS = join(FOLDER, ".models");

// Linux takes 32768 and up for outgoing connections.
const FIRST_PORT = 20_000;
const PORTS = 12_768;
const START_TRIES = 5;
const START_WAIT_MS = 60_000;

const ENVIRONMENT = {
  // Several servers share two processors.
  OMP_NUM_THREADS: "1",
  HF_HUB_OFFLINE: "1",
  // mlx-lm answers a request for its models with nothing when this folder does not exist.
  HF_HUB_CACHE: join(MODELS, "hub-cache"),
};

/**
 * Starts a llama.cpp server with the model `<file>.gguf`, which it lists as `tiny`.
 *
 * @throws Error when it does not start, with what it printed
 */
export function startLlama(
  name: string,
  file: string,
  { parallel = 1, apiKey, prefix = "" }: LlamaOptions = {},
): Promise<RealServer> {
  const options = ["--alias", "tiny", "--parallel", String(parallel), "--threads", "1"];
  if (apiKey !== undefined) options.push("--api-key", apiKey);
  if (prefix !== "") options.push("--prefix", prefix);
  return start({
    name,
    type: "llamacpp",
    model: "tiny",
    apiKey,
    prefix,
    ready: "ready http://",
    command: (port) => [
      join(FOLDER, "serve_llama.py"),
      join(MODELS, `${file}.gguf`),
      ...listening(port),
      ...options,
    ],
  });
}

/**
 * Starts mlx-lm with the model in `<folder>`. The id of the model is its path.
 *
 * @throws Error when it does not start, with what it printed
 */
export function startMlx(name: string, folder: string): Promise<RealServer> {
  const model = join(MODELS, folder);
  return start({
    name,
    type: "mlx-lm",
    model,
    apiKey: undefined,
    prefix: "",
    ready: "Starting httpd",
    command: (port) => ["-m", "mlx_lm", "server", ...listening(port), "--model", model],
  });
}

function listening(port: number): readonly string[] {
  return ["--host", "127.0.0.1", "--port", String(port)];
}

interface Recipe extends Pick<RealServer, "name" | "type" | "model" | "apiKey"> {
  readonly prefix: string;
  /** Part of the line that says that it listens. */
  readonly ready: string;
  readonly command: (port: number) => readonly string[];
}

async function start(recipe: Recipe): Promise<RealServer> {
  if (!existsSync(PYTHON)) {
    throw new Error("the inference servers are not installed: run tests/real-backends/setup.sh");
  }
  const { name, type, model, apiKey, prefix } = recipe;
  let { child, port } = await launchOnFreePort(recipe);
  const kill = async (): Promise<void> => {
    if (hasEnded(child)) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    name,
    url: `http://127.0.0.1:${port}${prefix}`,
    type,
    model,
    apiKey,
    kill,
    async restart() {
      await kill();
      child = await launch(recipe, port);
    },
    [Symbol.asyncDispose]: kill,
  };
}

/** Another process can take a port between the look and the start, so a failed start is repeated. */
async function launchOnFreePort(recipe: Recipe): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    try {
      return { child: await launch(recipe, port), port };
    } catch (error) {
      if (tries === START_TRIES) throw error;
    }
  }
}

/** Resolves when the server says that it listens. */
async function launch({ name, ready, command }: Recipe, port: number): Promise<ChildProcess> {
  const child = spawn(PYTHON, command(port), {
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = (): void => void child.kill("SIGKILL");
  process.once("exit", stop);
  child.once("exit", () => process.off("exit", stop));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let printed = "";
  const read = (data: string): void => {
    printed += data;
    if (printed.includes(ready)) resolve();
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", read);
  child.once("error", reject);
  child.once("exit", () => reject(new Error(`server "${name}" ended early:\n${printed}`)));
  const timer = setTimeout(() => {
    stop();
    reject(new Error(`server "${name}" was not ready within ${START_WAIT_MS} ms:\n${printed}`));
  }, START_WAIT_MS);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
  // From here on its output is read and dropped: a full pipe would stop the server.
  for (const stream of [child.stdout, child.stderr]) stream.off("data", read).resume();
  return child;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port }, () => probe.close(() => resolve(true)));
  });
}
