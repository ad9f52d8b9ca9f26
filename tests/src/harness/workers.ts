import { env } from "node:process";

import type { LogLine } from "@olla-ts/core/testing";

/** Threads that serve in each gateway of a run, where the run says so and the test does not. */
const WORKERS = env["OLLA_TEST_WORKERS"];

/** Whether gateways of this run serve with several threads. */
export const hasThreads = WORKERS !== undefined && WORKERS !== "1";

/** The environment of a gateway that serves with as many threads as this run is about. */
export function withWorkers(
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return WORKERS === undefined ? variables : { OLLA_SERVER_WORKERS: WORKERS, ...variables };
}

const LEVELS: ReadonlyMap<unknown, LogLine["level"]> = new Map([
  ["DEBUG", "debug"],
  ["INFO", "info"],
  ["WARN", "warn"],
  ["ERROR", "error"],
]);

/** Records as they are written, in the form in which a recording logger keeps them. */
export function parseLogLines(text: string): readonly LogLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { level, msg, timestamp: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
      return { level: LEVELS.get(level) ?? "error", message: String(msg), fields };
    });
}
