import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

import type { Logger } from "@olla-ts/core/ports";

/** One file of entries, `<day>/<id>.jsonl`. */
export interface EntryFile {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Safe as a file's name. */
  readonly id: string;
}

export interface EntryFilesOptions {
  readonly directory: string;
  /** Size that a file does not grow beyond, in bytes. */
  readonly maxFileBytes: number;
  /** Most that waits to be written, in bytes. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  readonly log: Logger;
}

/** Appends lines to files, one after the other, without making anybody wait. Disposing writes what waits. */
export interface EntryFiles extends AsyncDisposable {
  /**
   * @param heldBytes memory that `toLine` holds on to until its turn comes
   * @param toLine makes the line, its end included
   */
  append(file: EntryFile, heldBytes: number, toLine: () => string | Promise<string>): void;
}

interface PendingEntry {
  readonly file: EntryFile;
  readonly heldBytes: number;
  readonly toLine: () => string | Promise<string>;
}

/** Full files remembered, so that each is warned of once; a forgotten one is warned of again. */
const MAX_NOTED_FULL = 1_000;
const DEFAULT_MAX_PENDING_BYTES = 64 * 1_024 * 1_024;

/** Writes entries for their owner only; what cannot be written is dropped with a warning. */
export function createEntryFiles({
  directory,
  maxFileBytes,
  maxPendingBytes = DEFAULT_MAX_PENDING_BYTES,
  log,
}: EntryFilesOptions): EntryFiles {
  const full = new Set<string>();
  let written = Promise.resolve();
  let pendingBytes = 0;
  let isDropping = false;
  let hasFailed = false;

  async function writeAfter(previous: Promise<void>, entry: PendingEntry): Promise<void> {
    await previous;
    try {
      await write(entry);
    } catch (cause) {
      reportFailure(cause);
    }
    pendingBytes -= entry.heldBytes;
    if (pendingBytes === 0) isDropping = false;
  }

  async function write({ file: { day, id }, toLine }: PendingEntry): Promise<void> {
    const name = `${day}/${id}.jsonl`;
    if (full.has(name)) return;
    const line = await toLine();
    await mkdir(join(directory, day), { recursive: true, mode: 0o700 });
    await using file = await open(join(directory, name), "a", 0o600);
    const { size } = await file.stat();
    if (size + Buffer.byteLength(line) > maxFileBytes) {
      noteFull(name);
      log.warn({ file: name, max_bytes: maxFileBytes }, "Inspection file full: entries dropped");
      return;
    }
    await file.appendFile(line);
  }

  function noteFull(name: string): void {
    if (full.size >= MAX_NOTED_FULL) full.clear();
    full.add(name);
  }

  function reportFailure(cause: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    log.warn({ directory, cause: String(cause) }, "Inspection entry not written");
  }

  function reportBacklog(): void {
    if (isDropping) return;
    isDropping = true;
    log.warn({ max_bytes: maxPendingBytes }, "Inspection too slow: entries dropped");
  }

  return {
    append(file, heldBytes, toLine) {
      if (pendingBytes + heldBytes > maxPendingBytes) {
        reportBacklog();
        return;
      }
      pendingBytes += heldBytes;
      written = writeAfter(written, { file, heldBytes, toLine });
    },
    async [Symbol.asyncDispose]() {
      let seen: Promise<void> | undefined;
      while (seen !== written) {
        seen = written;
        await seen;
      }
    },
  };
}
