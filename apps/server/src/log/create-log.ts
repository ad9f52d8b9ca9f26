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

/** One JSON object a line with `timestamp` (RFC 3339), `level` and `msg`; or text on a terminal. */
export function createLog({ logging, isTerminal, coloured, env }: LogOptions): OpenLog {
  const asText =
    isTerminal && env["OLLA_LOGGING_FORMAT"] === undefined ? true : logging.format === "text";
  const stdout = openStdout();
  const shown: DestinationStream = asText
    ? { write: (json) => stdout.write(textLine(json, coloured)) }
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
  return { log, flush: stdout.flush, asText };
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
      const { promise, resolve } = Promise.withResolvers<void>();
      const limit = setTimeout(resolve, LAST_FLUSH_MS);
      if (isBroken) resolve();
      else stdout.flush(() => resolve());
      await promise;
      clearTimeout(limit);
      isEnding = true;
    },
  };
}

function fileStream(directory: string): DestinationStream {
  const path = join(directory, "olla.log");
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: "a" });
  return { write: (json) => void file.write(json) };
}
