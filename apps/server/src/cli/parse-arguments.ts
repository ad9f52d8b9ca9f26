import { toBoolean } from "../config/read-value.ts";
import { didYouMean, suggest } from "../config/suggest.ts";
import {
  COMMANDS,
  CONFIG_ACTIONS,
  GLOBAL_FLAGS,
  IMPORT_FORMATS,
  SHELLS,
  specOf,
  type CommandName,
  type FlagSpec,
} from "./commands.ts";

/** Where a running gateway is found. */
export interface GatewayChoice {
  /** Its address, when it was given. */
  readonly url: string | undefined;
  /** Configuration whose host and port name it otherwise. */
  readonly configPath: string | undefined;
}

export interface ServeArguments {
  readonly configPath: string | undefined;
  /** Whether warnings count as errors. */
  readonly strict: boolean;
  /** Whether node's inspector is opened; means nothing to `check`. */
  readonly profile: boolean;
}

export interface InitArguments {
  /** `-` for stdout. */
  readonly output: string;
  readonly urls: readonly string[];
  readonly force: boolean;
}

export interface ExplainArguments extends GatewayChoice {
  readonly model: string | undefined;
  /** `-` for stdin. */
  readonly bodyFile: string | undefined;
  readonly path: string | undefined;
  readonly session: string | undefined;
  readonly offline: boolean;
  readonly json: boolean;
}

export interface ImportArguments {
  readonly file: string;
  /** Undefined: stdout. */
  readonly output: string | undefined;
  /** Undefined: found out. */
  readonly from: (typeof IMPORT_FORMATS)[number] | undefined;
  readonly force: boolean;
}

export interface ConfigArguments {
  readonly action: (typeof CONFIG_ACTIONS)[number];
  readonly configPath: string | undefined;
  readonly changed: boolean;
  readonly json: boolean;
}

/** What the command line asks for. */
export type Command =
  | ({ readonly name: "serve" | "check" } & ServeArguments)
  | ({ readonly name: "init" } & InitArguments)
  | ({ readonly name: "explain" } & ExplainArguments)
  | ({ readonly name: "status" | "models"; readonly json: boolean } & GatewayChoice)
  | ({ readonly name: "import" } & ImportArguments)
  | ({ readonly name: "config" } & ConfigArguments)
  | { readonly name: "simulate"; readonly words: readonly string[] }
  | { readonly name: "completion"; readonly shell: (typeof SHELLS)[number] }
  | { readonly name: "version" }
  | { readonly name: "help"; readonly topic: CommandName | undefined };

/** A command line that means nothing; the program ends with status 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

const NAMES: readonly CommandName[] = COMMANDS.map(({ name }) => name);
const FLAGS: ReadonlyMap<string, FlagSpec> = new Map(
  [...COMMANDS.flatMap(({ flags }) => flags), ...GLOBAL_FLAGS].map((flag) => [flag.name, flag]),
);
/** Those of `serve` mean nothing to `check`, which other versions make of `serve` by a flag. */
const OF_SERVE = ["config", "strict", "profile", "validate-config"];

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
  if (args[0] === "simulate") return { name: "simulate", words: args.slice(1) };
  const { words, values } = split(args);
  if (values.has("version") || isSet(env["OLLA_SHOW_VERSION"])) return { name: "version" };
  const [word, ...rest] = words;
  if (values.has("help")) return { name: "help", topic: NAMES.find((name) => name === word) };
  const name = commandOf(word);
  checkWords(name, rest);
  checkFlags(name, values);
  return toCommand(name, rest, values, env);
}

function isSet(variable: string | undefined): boolean {
  return toBoolean(variable) === true;
}

/** Options by name; a switch has empty text. */
type Values = ReadonlyMap<string, string>;

function split(args: readonly string[]): {
  readonly words: readonly string[];
  readonly values: Values;
} {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-") || argument === "-") {
      words.push(argument);
      continue;
    }
    const { flag, inline } = readFlag(argument);
    if (flag.value === undefined) values.set(flag.name, "");
    else {
      const value = inline ?? args[(index += 1)];
      if (value === undefined || value === "") throw new UsageError(lacking(flag));
      values.set(flag.name, value);
    }
  }
  return { words, values };
}

function lacking({ name, isFile, value = "" }: FlagSpec): string {
  return `--${name} needs ${isFile === true ? "the path of a file" : `a value: --${name} ${value}`}`;
}

function readFlag(argument: string): {
  readonly flag: FlagSpec;
  readonly inline: string | undefined;
} {
  const [written = "", ...rest] = argument.replace(/^--?/, "").split("=");
  const flag = FLAGS.get(written) ?? [...FLAGS.values()].find(({ short }) => short === written);
  if (flag !== undefined) return { flag, inline: rest.length > 0 ? rest.join("=") : undefined };
  const near = suggest(written, FLAGS.keys());
  const hint = near === undefined ? "" : `; did you mean --${near}?`;
  throw new UsageError(`unknown flag ${argument}${hint}`);
}

function commandOf(word = "serve"): CommandName {
  const found = NAMES.find((name) => name === word);
  if (found !== undefined) return found;
  const hint = didYouMean(word, NAMES) || `; a file is named with --config`;
  throw new UsageError(`unknown command "${word}"${hint}`);
}

function checkWords(name: CommandName, words: readonly string[]): void {
  const { maxWords, flags } = specOf(name);
  const extra = words[maxWords];
  if (extra === undefined) return;
  const takesConfig = flags.some((flag) => flag.name === "config");
  const hint = takesConfig ? "; a file is named with --config" : "";
  throw new UsageError(`unexpected argument "${extra}"${hint}`);
}

function checkFlags(name: CommandName, values: Values): void {
  const known = specOf(name).flags.map((flag) => flag.name);
  const allowed = name === "serve" || name === "check" ? [...known, ...OF_SERVE] : known;
  for (const flag of values.keys()) {
    if (allowed.includes(flag)) continue;
    const list = known.map((one) => `--${one}`).join(", ");
    throw new UsageError(`olla ${name} has no --${flag}${list === "" ? "" : `; it takes ${list}`}`);
  }
}

function toCommand(
  name: CommandName,
  [word]: readonly string[],
  values: Values,
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const configPath = values.get("config");
  const json = values.has("json");
  const force = values.has("force");
  switch (name) {
    case "serve":
    case "check": {
      const profile = values.has("profile") || isSet(env["OLLA_ENABLE_PROFILER"]);
      const isCheck = name === "check" || values.has("validate-config");
      return {
        name: isCheck ? "check" : "serve",
        configPath,
        strict: values.has("strict"),
        profile,
      };
    }
    case "init": {
      const urls = values.get("url")?.split(",") ?? [];
      return { name, output: values.get("output") ?? "config.yaml", urls, force };
    }
    case "explain":
      return { name, ...toExplain(word, values), url: values.get("url"), configPath, json };
    case "status":
    case "models":
      return { name, url: values.get("url"), configPath, json };
    case "import": {
      if (word === undefined) throw new UsageError("name the file: olla import FILE");
      const written = values.get("from");
      const from = written === undefined ? undefined : oneOf("--from", written, IMPORT_FORMATS);
      return { name, file: word, output: values.get("output"), from, force };
    }
    case "config": {
      const action = oneOf("olla config", word, CONFIG_ACTIONS);
      return { name, action, configPath, changed: values.has("changed"), json };
    }
    case "completion":
      return { name, shell: oneOf("olla completion", word, SHELLS) };
    case "simulate":
      throw new UsageError("options of olla simulate stand behind the word simulate");
    case "version":
      return { name };
    case "help":
      return { name, topic: word === undefined ? undefined : commandOf(word) };
  }
}

function toExplain(
  model: string | undefined,
  values: Values,
): Omit<ExplainArguments, "json" | keyof GatewayChoice> {
  const bodyFile = values.get("body");
  if (model !== undefined && bodyFile !== undefined)
    throw new UsageError("give a MODEL or --body, not both: the body names the model");
  const offline = values.has("offline");
  if (offline && values.has("url"))
    throw new UsageError("give --url or --offline, not both: --offline asks no gateway");
  return {
    model,
    bodyFile,
    path: values.get("path"),
    session: values.get("session"),
    offline,
  };
}

function oneOf<const Word extends string>(
  of: string,
  written: string | undefined,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === written);
  if (found !== undefined) return found;
  const allowed = words.join(", ");
  if (written === undefined) throw new UsageError(`${of} needs one of ${allowed}`);
  throw new UsageError(
    `${of} cannot be "${written}"; allowed: ${allowed}${didYouMean(written, words)}`,
  );
}
