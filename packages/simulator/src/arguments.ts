import { parseArgs } from "node:util";

import type { BackendKind } from "./backend-context.ts";
import type { BackendOptions } from "./backend.ts";
import { demoBackends } from "./fleet.ts";
import { backendKinds, isBackendKind } from "./kinds.ts";
import type { ModelScript } from "./model.ts";

/** What the command line asks for. */
export type SimulatorCommand =
  | { readonly action: "help" }
  | { readonly action: "run"; readonly backends: readonly BackendOptions[] };

/** A command line that makes no sense; the message is meant for the person who wrote it. */
export class SimulatorArgumentError extends Error {
  override readonly name = "SimulatorArgumentError";
}

/** Text of `--help`. */
export const simulatorHelp: string = `Usage: olla-simulator [options]

Starts fake LLM backends and prints their addresses.
Without --kind and --models it starts a demo fleet of three kinds.

  --port N               port of the first backend, the others follow (default 18434)
  --host ADDRESS         address to listen on (default 127.0.0.1)
  --backends N           number of backends (default: 3, or one per --kind)
  --kind KIND[,KIND]     kinds, taken in turn (default openai-compatible)
  --models ID[,ID]       models of every backend (default llama3.2:3b)
  --token-interval MS    wait between tokens (default 25)
  --first-token-delay MS wait before the first token (default 150)
  --help                 print this text

Kinds: ${backendKinds.join(", ")}
`;

/** Reads a command line without program name. @throws SimulatorArgumentError when it makes no sense */
export function parseSimulatorArguments(words: readonly string[]): SimulatorCommand {
  const values = parseWords(words);
  if (values.help) return { action: "help" };
  const kinds = values.kind?.split(",").map(toKind);
  const templates = kinds || values.models ? toTemplates(kinds, values.models) : demoBackends();
  const count = toNumber("backends", values.backends ?? `${templates.length}`, MOST_BACKENDS);
  if (count < 1) throw new SimulatorArgumentError("--backends must be at least 1.");
  const firstPort = toNumber("port", values.port, LAST_PORT);
  if (firstPort + count - 1 > LAST_PORT) {
    throw new SimulatorArgumentError(`--port ${firstPort} leaves no room for ${count} backends.`);
  }
  const pace = toPace(values["first-token-delay"], values["token-interval"]);
  const backends = Array.from({ length: count }, (_, index) => {
    const port = firstPort === 0 ? 0 : firstPort + index;
    return { ...toBackend(templates, index, pace), host: values.host, port };
  });
  return { action: "run", backends };
}

/** Pace of a model, where the command line sets it. */
type Pace = Pick<ModelScript, "firstTokenDelayMs" | "tokenIntervalMs">;

const MOST_BACKENDS = 1000;
const LAST_PORT = 65_535;
const LONGEST_WAIT_MS = 3_600_000;

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        port: { type: "string", default: "18434" },
        host: { type: "string", default: "127.0.0.1" },
        backends: { type: "string" },
        kind: { type: "string" },
        models: { type: "string" },
        "token-interval": { type: "string" },
        "first-token-delay": { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new SimulatorArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function toTemplates(
  kinds: readonly BackendKind[] = ["openai-compatible"],
  models = "llama3.2:3b",
): readonly BackendOptions[] {
  const ids = models.split(",");
  return kinds.map((kind) => ({ kind, name: kind, models: ids }));
}

/** The index-th backend: templates in turn, numbered from the second round on. */
function toBackend(
  templates: readonly BackendOptions[],
  index: number,
  pace: Pace,
): BackendOptions {
  const template = templates[index % templates.length];
  if (!template) throw new SimulatorArgumentError("There is no backend to start.");
  const round = Math.floor(index / templates.length);
  const models = (template.models ?? []).map((model) => ({
    ...DEFAULT_PACE,
    ...(typeof model === "string" ? { id: model } : model),
    ...pace,
  }));
  return {
    ...template,
    models,
    name: round === 0 ? template.name : `${template.name}-${round + 1}`,
  };
}

const DEFAULT_PACE: Pace = { firstTokenDelayMs: 150, tokenIntervalMs: 25 };

function toPace(firstTokenDelay: string | undefined, tokenInterval: string | undefined): Pace {
  return {
    ...(firstTokenDelay !== undefined && {
      firstTokenDelayMs: toNumber("first-token-delay", firstTokenDelay, LONGEST_WAIT_MS),
    }),
    ...(tokenInterval !== undefined && {
      tokenIntervalMs: toNumber("token-interval", tokenInterval, LONGEST_WAIT_MS),
    }),
  };
}

function toKind(name: string): BackendKind {
  if (isBackendKind(name)) return name;
  throw new SimulatorArgumentError(`Unknown kind ${name}; known are ${backendKinds.join(", ")}.`);
}

function toNumber(option: string, text: string, maximum: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= maximum) return number;
  throw new SimulatorArgumentError(
    `--${option} must be a whole number from 0 to ${maximum}, not ${text}.`,
  );
}
