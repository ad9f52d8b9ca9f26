import { once } from "node:events";

import { parseSimulatorArguments, SimulatorArgumentError, simulatorHelp } from "./arguments.ts";
import type { BackendOptions } from "./backend.ts";
import { startFleet } from "./fleet.ts";

/** The outside world of the command. */
export interface SimulatorRun {
  /** Command line without program name. */
  readonly words: readonly string[];
  /** Receives what is printed. */
  readonly write: (text: string) => void;
  /** Aborting it ends the fleet. */
  readonly signal: AbortSignal;
}

/** Runs the command until its signal aborts. Resolves with the exit code: 0, or 2 for a wrong command line. */
export async function runSimulator({ words, write, signal }: SimulatorRun): Promise<number> {
  try {
    const command = parseSimulatorArguments(words);
    if (command.action === "help") write(simulatorHelp);
    else await runFleet(command.backends, write, signal);
    return 0;
  } catch (error) {
    if (!(error instanceof SimulatorArgumentError)) throw error;
    write(`olla-simulator: ${error.message}\nTry --help.\n`);
    return 2;
  }
}

async function runFleet(
  options: readonly BackendOptions[],
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await using fleet = await startFleet({ backends: options });
  fleet.backends.forEach(({ name, kind, url }, index) => {
    const models = options[index]?.models ?? [];
    const ids = models.map((model) => (typeof model === "string" ? model : model.id));
    write(`${url}  ${kind}  ${name}  ${ids.join(", ")}\n`);
  });
  write(`\nConfiguration for olla:\n\n${toConfigSnippet(fleet.backends)}\n`);
  if (!signal.aborted) await once(signal, "abort");
}

/** The `discovery` section of an olla configuration with these endpoints. */
export function toConfigSnippet(
  endpoints: readonly { readonly name: string; readonly url: string; readonly kind: string }[],
): string {
  const entries = endpoints.map(
    ({ name, url, kind }) =>
      `      - name: ${name}\n        url: "${url}"\n        type: ${kind}\n        priority: 100\n`,
  );
  return `discovery:\n  type: static\n  static:\n    endpoints:\n${entries.join("")}`;
}
