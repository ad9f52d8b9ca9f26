import type { WorkerOptions } from "node:worker_threads";

/** What a thread runs. */
export interface WorkerEntry {
  /** A file, or with `eval` its text. */
  readonly script: string | URL;
  readonly options: WorkerOptions;
}

/** Sources run as they are under test and in development; what is built is JavaScript. */
const isSource = import.meta.url.endsWith(".ts");

/** The first module of a thread that serves. A bundle has another one. */
export function workerEntry(): WorkerEntry {
  return {
    script: new URL(isSource ? "../worker.ts" : "../worker.js", import.meta.url),
    options: isSource ? { execArgv: ["--conditions=@olla-ts/source"] } : {},
  };
}
