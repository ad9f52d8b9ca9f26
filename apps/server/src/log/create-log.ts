import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Logger } from "@olla-ts/core/ports";
import { destination, multistream, pino, type DestinationStream } from "pino";

import type { ConfigFile } from "../config/schema.ts";
import { textLine } from "./text-line.ts";

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
  readonly flush: () => void;
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

/** One JSON object a line with `timestamp` (RFC 3339), `level` and `msg`; or text on a terminal. */
export function createLog({ logging, isTerminal, coloured, env }: LogOptions): OpenLog {
  const asText =
    isTerminal && env["OLLA_LOGGING_FORMAT"] === undefined ? true : logging.format === "text";
  const stdout = destination({
    fd: 1,
    sync: false,
    minLength: BUFFER_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  });
  const shown: DestinationStream = asText
    ? { write: (json) => void stdout.write(textLine(json, coloured)) }
    : stdout;
  const level = LEVELS.get(logging.level.toLowerCase()) ?? "info";
  const streams = [{ level: "debug" as const, stream: shown }];
  if (logging.output === "file") {
    streams.push({ level: "debug", stream: fileStream(env["OLLA_LOG_DIR"] ?? "./logs") });
  }
  const [only] = streams;
  const log = pino(
    {
      base: null,
      level,
      messageKey: "msg",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    streams.length === 1 && only !== undefined ? only.stream : multistream(streams),
  );
  return { log, flush: () => stdout.flushSync(), asText };
}

function fileStream(directory: string): DestinationStream {
  const path = join(directory, "olla.log");
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: "a" });
  return { write: (json) => void file.write(json) };
}
