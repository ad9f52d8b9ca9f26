#!/usr/bin/env node
import { buffer } from "node:stream/consumers";
import { isatty } from "node:tty";

import { CommandFailure } from "./cli/command-failure.ts";
import { parseArguments, UsageError } from "./cli/parse-arguments.ts";
import { runCommand } from "./cli/run-command.ts";
import { ConfigError, formatProblem } from "./config/problem.ts";
import { wantsColour } from "./log/wants-colour.ts";

const terminal = process.stdout.isTTY;

// Whoever read the output may be gone: that is no reason to stop.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

/** The outside world, for whoever runs a command. */
const world = {
  env: process.env,
  cwd: process.cwd(),
  isTerminal: terminal,
  coloured: wantsColour(process.env, terminal),
  // A terminal that does not know its width says 0.
  columns: terminal && process.stdout.columns > 0 ? process.stdout.columns : undefined,
  warn: (text: string): void => {
    process.stderr.write(text);
  },
  readStdin: () => buffer(process.stdin),
  onStop,
  onReload,
  print: (text: string): void => {
    process.stdout.write(text);
  },
};

/** Calls back on each request to stop: from a supervisor, or Ctrl-C. */
function onStop(stop: () => void): void {
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Calls back on each request to read the configuration again. */
function onReload(reload: () => void): void {
  process.on("SIGHUP", () => {
    // The same signal tells that the terminal was closed: then it is meant as a stop.
    if (terminal && !isatty(process.stdout.fd)) process.kill(process.pid, "SIGTERM");
    else reload();
  });
}

void main();

// Not at the top level: the single executable is one script, where nothing can be waited for.
async function main(): Promise<void> {
  try {
    process.exitCode = await runCommand(parseArguments(process.argv.slice(2), process.env), world);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Tells what went wrong on stderr. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`olla: ${error.message}\nRun olla --help for what there is.\n`);
    return 2;
  }
  if (error instanceof CommandFailure) {
    process.stderr.write(`olla: ${error.message}\n`);
    return error.status;
  }
  if (error instanceof ConfigError) {
    for (const problem of error.problems) {
      process.stderr.write(`olla: ${problem.severity}: ${formatProblem(problem)}\n`);
    }
    return 1;
  }
  process.stderr.write(
    `olla: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}
