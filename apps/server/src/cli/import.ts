import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { stringify } from "yaml";

import { prepare } from "../compose-setup.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigError, formatProblem, type ConfigProblem } from "../config/problem.ts";
import { isRecord, parseYaml } from "../config/yaml-source.ts";
import type { Converted } from "../import/converted.ts";
import { fromLiteLlm } from "../import/litellm.ts";
import { fromLlamaSwap } from "../import/llama-swap.ts";
import { CommandFailure, EXIT } from "./command-failure.ts";
import type { ImportArguments } from "./parse-arguments.ts";
import type { CommandWorld } from "./world.ts";
import { writeConfigFile } from "./write-file.ts";

type Format = NonNullable<ImportArguments["from"]>;

type Document = Readonly<Record<string, unknown>>;

/**
 * Makes a configuration of another program's file. What was left out is told on stderr.
 *
 * @returns the exit status: 1 when something has to be mended before a start
 * @throws CommandFailure or ConfigError
 */
export function runImport(
  { file, output, from, force }: ImportArguments,
  world: CommandWorld,
): number {
  const text = read(file, world.cwd);
  const source = parseYaml(text, file);
  if (source.problems.length > 0) throw new ConfigError(source.problems);
  const format = from ?? formatOf(source.value);
  const { config, notes } = convert(format, source.value, text, file);
  const name = output ?? "the result";
  const problems = problemsOf(config, name, world);
  for (const note of notes) world.warn(`${note}\n`);
  for (const problem of problems) world.warn(`${problem.severity}: ${formatProblem(problem)}\n`);
  if (output === undefined) world.print(config);
  else {
    writeConfigFile(output, config, { cwd: world.cwd, force });
    world.print(`Wrote ${output} from ${file} (${format}).\n`);
  }
  return problems.some(({ severity }) => severity === "error") ? EXIT.failed : EXIT.ok;
}

function read(file: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CommandFailure(`cannot read ${file} (${code})`);
  }
}

/** What only one of the formats has. */
function formatOf(document: Document): Format {
  if (Array.isArray(document["model_list"])) return "litellm";
  return isRecord(document["models"]) || isRecord(document["peers"]) ? "llama-swap" : "olla";
}

function convert(
  format: Format,
  document: Document,
  text: string,
  file: string,
): { readonly config: string; readonly notes: readonly string[] } {
  if (format === "olla") return { config: text, notes: [] };
  const converters: Readonly<Record<Exclude<Format, "olla">, (from: Document) => Converted>> = {
    litellm: fromLiteLlm,
    "llama-swap": fromLlamaSwap,
  };
  const { config, notes } = converters[format](document);
  const yaml = stringify(config, { lineWidth: 100 });
  return { config: `# Made by olla import of ${file} (${format}).\n${yaml}`, notes };
}

function problemsOf(text: string, path: string, world: CommandWorld): readonly ConfigProblem[] {
  try {
    return prepare(loadConfig({ path, text }, world.env), world).warnings;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
