import { simulate } from "../compose-simulate.ts";
import { readVersion } from "../version.ts";
import { runCheck } from "./check.ts";
import { completionScript } from "./completion.ts";
import { runConfig } from "./config.ts";
import { runExplain } from "./explain.ts";
import { HELP, helpOf } from "./help.ts";
import { runImport } from "./import.ts";
import { runInit } from "./init.ts";
import { runModels } from "./models.ts";
import type { Command } from "./parse-arguments.ts";
import { runServe, type ServeWorld } from "./serve.ts";
import { runStatus } from "./status.ts";
import type { CommandWorld } from "./world.ts";

/**
 * Does what the command line asks for.
 *
 * @returns the exit status
 * @throws UsageError, CommandFailure or ConfigError
 */
export function runCommand(
  command: Command,
  world: CommandWorld & ServeWorld,
): number | Promise<number> {
  switch (command.name) {
    case "serve":
      return runServe(command, world);
    case "check":
      return runCheck(command, world);
    case "init":
      return runInit(command, world);
    case "explain":
      return runExplain(command, world);
    case "status":
      return runStatus(command, world);
    case "models":
      return runModels(command, world);
    case "import":
      return runImport(command, world);
    case "config":
      return runConfig(command, world);
    case "simulate":
      return runSimulate(command.words, world);
    case "completion":
      world.print(completionScript(command.shell));
      return 0;
    case "version":
      world.print(versionLine());
      return 0;
    case "help":
      world.print(command.topic === undefined ? HELP : helpOf(command.topic));
      return 0;
  }
}

function runSimulate(words: readonly string[], { print, onStop }: ServeWorld): Promise<number> {
  const stopping = new AbortController();
  onStop(() => stopping.abort());
  return simulate({ words, print, signal: stopping.signal });
}

function versionLine(): string {
  const { platform, arch, versions } = process;
  return `olla ${readVersion()} (node ${versions.node}, ${platform}/${arch})\n`;
}
