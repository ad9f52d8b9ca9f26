import type { Logger } from "@olla-ts/core/ports";
import {
  destination,
  multistream,
  pino,
  type DestinationStream,
  type Logger as PinoLogger,
} from "pino";

import { readBootstrapVariables } from "../config/bootstrap-variables.ts";
import { ConfigError } from "../config/problem.ts";
import type { ConfigFile } from "../config/schema.ts";
import { openRotatingFile, type RotatingFile, type RotatingFileOptions } from "./rotating-file.ts";
import { textLine } from "./text-line.ts";
import { wantsText } from "./wants-text.ts";

export interface LogOptions {
  readonly logging: ConfigFile["logging"];
  readonly isTerminal: boolean;
  /** Whether a terminal wants colours. */
  readonly coloured: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A log and the means to write out what it still holds. */
export interface OpenLog {
  readonly log: Logger;
  /** Writes whole records of another thread's log, a line each. */
  readonly writeLines: (lines: string) => void;
  /** The same log for records about the configuration, whose level `OLLA_LOG_LEVEL` sets. */
  readonly early: Logger;
  /** Writes what is buffered, for as long as a reader can be expected to take it; never rejects. */
  readonly flush: () => Promise<void>;
  /** Whether records on stdout are text for people. */
  readonly asText: boolean;
}

const LEVELS: ReadonlyMap<string, string> = new Map([
  ["debug", "debug"],
  ["info", "info"],
  ["warn", "warn"],
  ["warning", "warn"],
  ["error", "error"],
]);
/** Records gathered before they are written, in bytes: a busy gateway writes rarely. */
const BUFFER_BYTES = 8_192;
/** Longest that a record waits in the buffer. */
const FLUSH_EVERY_MS = 200;
/** Longest that the end waits for a reader of stdout that does not read. */
const LAST_FLUSH_MS = 1_000;

/**
 * One JSON object a line with `timestamp` (RFC 3339), `level` and `msg`; or text on a terminal.
 *
 * @throws ConfigError when a file was asked for and cannot be written
 */
export function createLog({ logging, isTerminal, coloured, env }: LogOptions): OpenLog {
  const { variables } = readBootstrapVariables(env);
  const asText = wantsText({
    format: logging.format,
    isTerminal,
    chosen: env["OLLA_LOGGING_FORMAT"],
    pretty: variables.pretty,
  });
  const stdout = openStdout();
  const shown: DestinationStream = asText
    ? { write: (json) => stdout.write(textLine(json, coloured)) }
    : stdout;
  const streams = [{ level: "debug" as const, stream: shown }];
  const file =
    logging.output === "file" || variables.fileOutput === true
      ? openFile({
          ...variables.logFile,
          now: Date.now,
          onError: (error) => log.error({ err: error }, "Log file failed"),
        })
      : undefined;
  if (file !== undefined) streams.push({ level: "debug", stream: file });
  const [only] = streams;
  const everywhere =
    streams.length === 1 && only !== undefined ? only.stream : multistream(streams);
  const log = createRecords(logging, everywhere);
  return {
    log,
    writeLines(lines) {
      file?.write(lines);
      if (!asText) stdout.write(lines);
      else for (const line of lines.split("\n")) if (line !== "") shown.write(line);
    },
    early: log.child({}, { level: LEVELS.get(variables.earlyLevel) ?? "info" }),
    async flush() {
      await Promise.all([stdout.flush(), file === undefined ? undefined : atMost(file.flush())]);
    },
    asText,
  };
}

/** A log that writes one JSON object a line to the destination. */
export function createRecords(
  { level }: Pick<ConfigFile["logging"], "level">,
  to: DestinationStream,
): PinoLogger {
  return pino(
    {
      base: null,
      level: LEVELS.get(level.toLowerCase()) ?? "info",
      messageKey: "msg",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    to,
  );
}

/** Stdout as a place for records. A reader that is gone or slow costs records, never the gateway. */
function openStdout(): DestinationStream & Pick<OpenLog, "flush"> {
  let isEnding = false;
  let isBroken = false;
  const stdout = destination({
    fd: 1,
    sync: false,
    minLength: BUFFER_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
    retryEAGAIN: () => !isEnding,
  });
  stdout.on("error", () => {
    isBroken = true;
    stdout.destroy();
  });
  return {
    write(line) {
      if (!isBroken) stdout.write(line);
    },
    // Not with `flushSync`, which tries again for ever when nobody reads any more.
    async flush() {
      if (!isBroken) {
        const { promise, resolve } = Promise.withResolvers<void>();
        stdout.flush(() => resolve());
        await atMost(promise);
      }
      isEnding = true;
    },
  };
}

/** Resolves with the promise, or when the end has waited for long enough. */
async function atMost(promise: Promise<void>): Promise<void> {
  const { promise: expired, resolve } = Promise.withResolvers<void>();
  const limit = setTimeout(resolve, LAST_FLUSH_MS);
  await Promise.race([promise, expired]);
  clearTimeout(limit);
}

function openFile(options: RotatingFileOptions): RotatingFile {
  try {
    return openRotatingFile(options);
  } catch (error) {
    const nowhere = { file: undefined, line: undefined, column: undefined };
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot write olla.log in "${options.directory}" (${reason}); set OLLA_LOG_DIR to a folder that can be written`;
    throw new ConfigError([{ severity: "error", ...nowhere, key: "logging.output", message }]);
  }
}
