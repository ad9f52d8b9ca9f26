import { once } from "node:events";
import { closeSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";

import { destination, type DestinationStream } from "pino";

import { type Retention, rotatedName, tidyRotated } from "./rotated-files.ts";

export interface RotatingFileOptions extends Retention {
  /** Made when it is not there. */
  readonly directory: string;
  /** Size at which `olla.log` is put aside for a new one. */
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told when the file cannot be written any more, or an old one not be put away. */
  readonly onError: (error: unknown) => void;
}

/** A log file that never grows beyond its limit. */
export interface RotatingFile extends DestinationStream {
  /** Writes out what is buffered. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Resolves when no file is being put away. Never rejects. */
  readonly settled: () => Promise<void>;
}

/** Records gathered before they are written, in bytes. */
const BUFFER_BYTES = 8_192;
/** Longest that a record waits in the buffer. */
const FLUSH_EVERY_MS = 200;
/** Most that waits for a slow disk; what comes then is lost. */
const MAX_WAITING_BYTES = 4 * 1_024 * 1_024;

/**
 * Opens `olla.log` in a folder, to append to it. At its limit it gets the time
 * for a name, is compressed beside the requests, and the oldest ones go.
 *
 * @throws Error when the folder or the file cannot be written
 */
export function openRotatingFile(options: RotatingFileOptions): RotatingFile {
  const { directory, maxBytes, now, onError } = options;
  const path = join(directory, "olla.log");
  let bytes = sizeOf(directory, path);
  let isBroken = false;
  const file = destination({
    dest: path,
    append: true,
    sync: false,
    minLength: BUFFER_BYTES,
    maxLength: MAX_WAITING_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  });
  file.on("error", (error: unknown) => {
    if (isBroken) return;
    isBroken = true;
    onError(error);
  });
  let tidying = tidy();
  let isRotating = false;

  async function tidy(): Promise<void> {
    try {
      await tidyRotated(directory, options, now());
    } catch (error) {
      onError(error);
    }
  }

  async function rotate(): Promise<void> {
    await tidying;
    try {
      await flush();
      await rename(path, join(directory, rotatedName(now())));
      const ready = once(file, "ready");
      file.reopen();
      await ready;
    } catch (error) {
      onError(error);
    }
    isRotating = false;
    await tidy();
  }

  function flush(): Promise<void> {
    return new Promise((resolve) => {
      if (isBroken) resolve();
      else file.flush(() => resolve());
    });
  }

  return {
    write(line) {
      if (isBroken) return;
      file.write(line);
      bytes += Buffer.byteLength(line);
      if (bytes < maxBytes || isRotating) return;
      isRotating = true;
      bytes = 0;
      tidying = rotate();
    },
    flush,
    async settled() {
      await tidying;
    },
  };
}

function sizeOf(directory: string, path: string): number {
  mkdirSync(directory, { recursive: true });
  const descriptor = openSync(path, "a");
  try {
    return fstatSync(descriptor).size;
  } finally {
    closeSync(descriptor);
  }
}
