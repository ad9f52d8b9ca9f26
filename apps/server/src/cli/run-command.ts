import { simulate } from "../compose-simulate.ts";
import { readVersion } from "../version.ts";
import { completionScript } from "./completion.ts";
import { HELP, helpOf } from "./help.ts";
import type { Command } from "./parse-arguments.ts";
import type { ServeWorld } from "./serve.ts";
import type { CommandWorld } from "./world.ts";

/**
 * Does what the command line asks for. Loads only what the command needs.
 *
 * @returns the exit status
 * @throws UsageError, CommandFailure or ConfigError
 */
export async function runCommand(
  command: Command,
  world: CommandWorld & ServeWorld,
): Promise<number> {
  switch (command.name) {
    case "serve":
      return (await import("./serve.ts")).runServe(command, world);
    case "check":
      return (await import("./check.ts")).runCheck(command, world);
    case "init":
      return (await import("./init.ts")).runInit(command, world);
    case "explain":
      return (await import("./explain.ts")).runExplain(command, world);
    case "status":
      return (await import("./status.ts")).runStatus(command, world);
    case "models":
      return (await import("./models.ts")).runModels(command, world);
    case "import":
      return (await import("./import.ts")).runImport(command, world);
    case "config":
      return (await import("./config.ts")).runConfig(command, world);
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
