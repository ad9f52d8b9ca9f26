import type { ConfigProblem } from "./problem.ts";
import { display, toBoolean, toInteger } from "./read-value.ts";

/** What the environment says about the log beside the keys of the configuration. */
export interface BootstrapVariables {
  /** Least severe level of records about the configuration itself. */
  readonly earlyLevel: string;
  /** Undefined leaves it to the terminal and to `logging.format`. */
  readonly pretty: boolean | undefined;
  /** Undefined leaves it to `logging.output`. */
  readonly fileOutput: boolean | undefined;
  readonly logFile: {
    readonly directory: string;
    /** Size at which it is rotated. */
    readonly maxBytes: number;
    /** Rotated files kept; 0 for all. */
    readonly maxBackups: number;
    /** Age at which a rotated file is removed; 0 for never. */
    readonly maxAgeMs: number;
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

const LEVELS = ["debug", "info", "warn", "warning", "error"];
const MEBIBYTE = 1_048_576;
const DAY_MS = 86_400_000;
const MAX_COUNT = 10_000;

function toLevel(written: string): string | undefined {
  const word = written.toLowerCase();
  return LEVELS.includes(word) ? word : undefined;
}

/** Reads these variables. An empty one is none; one that cannot be read warns and changes nothing. */
export function readBootstrapVariables(env: Environment): {
  readonly variables: BootstrapVariables;
  readonly problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];

  function read<Value>(
    key: string,
    parse: (written: string) => Value | undefined,
    expected: string,
  ): Value | undefined {
    const written = env[key];
    if (written === undefined || written === "") return undefined;
    const value = parse(written);
    if (value !== undefined) return value;
    const nowhere = { file: undefined, line: undefined, column: undefined };
    const message = `${display(written)} is not ${expected}; the variable is ignored`;
    problems.push({ severity: "warning", ...nowhere, key, message });
    return undefined;
  }

  const boolean = (key: string): boolean | undefined => read(key, toBoolean, "true or false");
  const count = (key: string, min: number, fallback: number): number => {
    const parse = (written: string): number | undefined => {
      const value = toInteger(written);
      return value !== undefined && value >= min && value <= MAX_COUNT ? value : undefined;
    };
    return read(key, parse, `a whole number from ${min} to ${MAX_COUNT}`) ?? fallback;
  };
  const variables: BootstrapVariables = {
    earlyLevel: read("OLLA_LOG_LEVEL", toLevel, "debug, info, warn or error") ?? "info",
    pretty: boolean("OLLA_PRETTY_LOGS"),
    fileOutput: boolean("OLLA_FILE_OUTPUT"),
    logFile: {
      directory: read("OLLA_LOG_DIR", (written) => written, "a folder") ?? "./logs",
      maxBytes: count("OLLA_LOG_SIZE_MB", 1, 1) * MEBIBYTE,
      maxBackups: count("OLLA_LOG_MAX_BACKUPS", 0, 7),
      maxAgeMs: count("OLLA_LOG_MAX_AGE_DAYS", 0, 14) * DAY_MS,
    },
  };
  return { variables, problems };
}
