import { toBoolean } from "../config/read-value.ts";
import { didYouMean, suggest } from "../config/suggest.ts";

/** What the command line asks for. */
export type Command =
  | {
      readonly name: "serve" | "check";
      readonly configPath: string | undefined;
      /** Whether warnings count as errors. */
      readonly strict: boolean;
      /** Whether node's inspector is opened; means nothing to `check`. */
      readonly profile: boolean;
    }
  | { readonly name: "version" }
  | { readonly name: "help" };

/** A command line that means nothing; the program ends with status 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

const COMMANDS = ["serve", "check", "version", "help"] as const;
const FLAGS = ["config", "version", "validate-config", "help", "strict", "profile"];
const SHORT: Readonly<Record<string, string>> = { c: "config", h: "help", v: "version" };

/**
 * Reads the arguments behind the program's name. Flags may have one dash or two;
 * of several `--config` the last one counts.
 *
 * @throws UsageError
 */
export function parseArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Command {
  let name: Command["name"] = "serve";
  let configPath: string | undefined;
  let strict = false;
  let profile = isSet(env["OLLA_ENABLE_PROFILER"]);
  const words: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-") || argument === "-") {
      words.push(argument);
      continue;
    }
    const [flag, inline] = readFlag(argument);
    if (flag === "config") {
      configPath = inline ?? args[(index += 1)];
      if (configPath === undefined || configPath === "")
        throw new UsageError("--config needs the path of a file");
    } else if (flag === "strict") strict = true;
    else if (flag === "profile") profile = true;
    else if (flag === "version") name = "version";
    else if (flag === "help") name = "help";
    else name = "check";
  }
  if (isSet(env["OLLA_SHOW_VERSION"])) name = "version";
  if (name === "version" || name === "help") return { name };
  const command = commandOf(words);
  if (command === "version" || command === "help") return { name: command };
  return { name: name === "check" ? name : command, configPath, strict, profile };
}

function isSet(variable: string | undefined): boolean {
  return toBoolean(variable) === true;
}

function readFlag(argument: string): readonly [flag: string, inline: string | undefined] {
  const [written = "", ...rest] = argument.replace(/^--?/, "").split("=");
  const flag = SHORT[written] ?? written;
  if (FLAGS.includes(flag)) return [flag, rest.length > 0 ? rest.join("=") : undefined];
  const near = suggest(written, FLAGS);
  const hint = near === undefined ? "" : `; did you mean --${near}?`;
  throw new UsageError(`unknown flag ${argument}${hint}`);
}

function commandOf([word = "serve", extra]: readonly string[]): (typeof COMMANDS)[number] {
  const found = COMMANDS.find((command) => command === word);
  if (found === undefined) {
    const hint = didYouMean(word, COMMANDS) || `; a file is named with --config`;
    throw new UsageError(`unknown command "${word}"${hint}`);
  }
  if (extra === undefined) return found;
  throw new UsageError(`unexpected argument "${extra}"; a file is named with --config`);
}
