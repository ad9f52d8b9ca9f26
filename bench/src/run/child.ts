import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { pinned } from "../measure/processes.ts";

/** A process of the bench that is told one thing at a time and answers each. */
export interface Child {
  readonly pid: number;
  /** @throws Error when it ends before it answers */
  readonly ask: (message: object) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** @param entry module of `src` that the process runs */
export function startChild(entry: string, cores: string | undefined): Child {
  const path = fileURLToPath(new URL(`../${entry}`, import.meta.url));
  const [program, ...args] = pinned([process.execPath, path], cores);
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return {
    pid: child.pid ?? 0,
    ask: (message) => ask(child, message),
    async stop() {
      const ended = endOf(child);
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
  });
}

async function ask(child: ChildProcess, message: object): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const ended = (): void => reject(new Error("a process of the bench ended early"));
  child.once("message", resolve);
  child.once("exit", ended);
  child.once("error", reject);
  child.send(message);
  try {
    return await promise;
  } finally {
    child.off("message", resolve);
    child.off("exit", ended);
    child.off("error", reject);
  }
}
