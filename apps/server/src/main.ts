#!/usr/bin/env node
import { isatty } from "node:tty";

import { runCheck } from "./cli/check.ts";
import { HELP } from "./cli/help.ts";
import { type Command, parseArguments, UsageError } from "./cli/parse-arguments.ts";
import { runServe } from "./cli/serve.ts";
import { ConfigError, formatProblem } from "./config/problem.ts";
import { wantsColour } from "./log/wants-colour.ts";
import { readVersion } from "./version.ts";

const terminal = process.stdout.isTTY;

// Whoever read the output may be gone: that is no reason to stop.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

/** The outside world, for whoever runs a command. */
const world = {
  env: process.env,
  cwd: process.cwd(),
  isTerminal: terminal,
  coloured: wantsColour(process.env, terminal),
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

/** @returns the exit status */
function run(command: Command): number | Promise<number> {
  if (command.name === "check") return runCheck(command, world);
  if (command.name === "serve") return runServe(command, { ...world, onStop, onReload });
  const version = `olla ${readVersion()} (node ${process.versions.node}, ${process.platform}/${process.arch})\n`;
  world.print(command.name === "help" ? HELP : version);
  return 0;
}

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2), process.env));
} catch (error) {
  process.exitCode = report(error);
}

/** Tells what went wrong on stderr. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`olla: ${error.message}\nRun olla --help for what there is.\n`);
    return 2;
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
