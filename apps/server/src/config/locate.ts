import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { ConfigError, type ConfigProblem } from "./problem.ts";
import { parseYaml } from "./yaml-source.ts";

/** Looked for in this order when no file is named; the first readable one is the only one read. */
const DEFAULT_FILES = [
  "config/config.local.yaml",
  "config/config.yaml",
  "config.yaml",
  "default.yaml",
];

export interface LocatedFile {
  /** As the user wrote it, or the default path. */
  readonly path: string;
  readonly text: string;
}

export interface LocateOptions {
  /** Path given with `--config`. */
  readonly named: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * The configuration file to use, or undefined when none is named and none of the
 * default files exists.
 *
 * @throws ConfigError when a named file cannot be read
 */
export function locateConfig({ named, env, cwd }: LocateOptions): LocatedFile | undefined {
  const chosen = named ?? (env["OLLA_CONFIG_FILE"] === "" ? undefined : env["OLLA_CONFIG_FILE"]);
  if (chosen !== undefined) {
    const text = read(resolve(cwd, chosen));
    if (text instanceof Error) {
      const by = named === undefined ? "OLLA_CONFIG_FILE" : "--config";
      throw new ConfigError([unreadable(chosen, by, text)]);
    }
    return { path: chosen, text };
  }
  for (const path of DEFAULT_FILES) {
    const text = read(resolve(cwd, path));
    if (!(text instanceof Error)) return { path, text };
  }
  return undefined;
}

/**
 * Reads a file again that was in use before. What would do at a start, where nothing else is
 * known, would here give up what is in force: a file that is gone or holds nothing.
 *
 * @throws ConfigError when it cannot be read or holds no key
 */
export function readAgain(path: string, cwd: string): LocatedFile {
  const text = read(resolve(cwd, path));
  if (text instanceof Error) {
    const message = isMissing(text) ? "the file is gone" : cannotBeRead(text);
    throw new ConfigError([ofWholeFile(path, message)]);
  }
  const { value, problems } = parseYaml(text, path);
  if (problems.length === 0 && Object.keys(value).length === 0) {
    throw new ConfigError([ofWholeFile(path, "the file holds no keys")]);
  }
  return { path, text };
}

function read(path: string): string | Error {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function unreadable(file: string, by: string, error: Error): ConfigProblem {
  const message = isMissing(error)
    ? `no such file; give ${by} the path of a configuration file, or leave it out`
    : cannotBeRead(error);
  return ofWholeFile(file, message);
}

function isMissing(error: Error): boolean {
  return "code" in error && error.code === "ENOENT";
}

function cannotBeRead({ message }: Error): string {
  return `cannot be read (${message.split(",")[0] ?? message})`;
}

function ofWholeFile(file: string, message: string): ConfigProblem {
  return { severity: "error", file, line: undefined, column: undefined, key: "", message };
}
