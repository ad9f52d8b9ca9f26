import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createRecordingLogger } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createEntryFiles, type EntryFiles } from "./entry-files.ts";

const FILE = { day: "2026-01-02", id: "one" };

describe("createEntryFiles", () => {
  let directory: string;
  let log: ReturnType<typeof createRecordingLogger>;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "olla-inspector-"));
    log = createRecordingLogger();
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function start(options: { maxFileBytes?: number; maxPendingBytes?: number } = {}): EntryFiles {
    return createEntryFiles({ directory, maxFileBytes: 1_000, log, ...options });
  }

  function written({ day, id } = FILE): string {
    return readFileSync(join(directory, day, `${id}.jsonl`), "utf8");
  }

  it("TR-60 writes for the owner only", async () => {
    await using files = start();
    files.append(FILE, 0, () => "line\n");
    await files[Symbol.asyncDispose]();
    expect(statSync(join(directory, FILE.day)).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, FILE.day, "one.jsonl")).mode & 0o777).toBe(0o600);
  });

  it("keeps the order of the entries, however long each takes to make", async () => {
    const files = start();
    const slow = Promise.withResolvers<string>();
    files.append(FILE, 0, () => slow.promise);
    files.append(FILE, 0, () => "second\n");
    slow.resolve("first\n");
    await files[Symbol.asyncDispose]();
    expect(written()).toBe("first\nsecond\n");
  });

  it("goes on behind what a file already holds", async () => {
    for (const line of ["before\n", "after\n"]) {
      const files = start();
      files.append(FILE, 0, () => line);
      await files[Symbol.asyncDispose]();
    }
    expect(written()).toBe("before\nafter\n");
  });

  it("stops a file at its size with one warning, and no other file", async () => {
    const files = start({ maxFileBytes: 10 });
    for (const line of ["12345\n", "123456\n", "1\n"]) files.append(FILE, 0, () => line);
    files.append({ ...FILE, id: "two" }, 0, () => "12345\n");
    await files[Symbol.asyncDispose]();
    expect(written()).toBe("12345\n");
    expect(written({ ...FILE, id: "two" })).toBe("12345\n");
    expect(log.lines).toEqual([
      {
        level: "warn",
        message: "Inspection file full: entries dropped",
        fields: { file: "2026-01-02/one.jsonl", max_bytes: 10 },
      },
    ]);
  });

  it("drops entries with one warning while too much waits", async () => {
    const files = start({ maxPendingBytes: 10 });
    for (const name of ["a", "b", "c", "d"]) files.append(FILE, 5, () => `${name}\n`);
    await files[Symbol.asyncDispose]();
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn Inspection too slow: entries dropped",
    ]);
    files.append(FILE, 10, () => "e\n");
    await files[Symbol.asyncDispose]();
    expect(written()).toBe("a\nb\ne\n");
  });

  it("warns once of a folder that cannot be written to", async () => {
    const blocked = join(directory, "file");
    writeFileSync(blocked, "");
    const files = createEntryFiles({ directory: blocked, maxFileBytes: 1_000, log });
    files.append(FILE, 0, () => "line\n");
    files.append(FILE, 0, () => "line\n");
    await files[Symbol.asyncDispose]();
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn Inspection entry not written",
    ]);
  });
});
