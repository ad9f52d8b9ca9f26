import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openRotatingFile, type RotatingFile, type RotatingFileOptions } from "./rotating-file.ts";

const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const DAY_MS = 86_400_000;

let directory: string;
let time: number;
let errors: unknown[];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "olla-log-")), "logs");
  time = START;
  errors = [];
});

afterEach(() => {
  rmSync(join(directory, ".."), { recursive: true });
});

function open(over: Partial<RotatingFileOptions> = {}): RotatingFile {
  return openRotatingFile({
    directory,
    maxBytes: 100,
    maxBackups: 2,
    maxAgeMs: 0,
    now: () => time,
    onError: (error) => errors.push(error),
    ...over,
  });
}

/** Fills the file to its limit, and waits until it is put away. */
async function fill(file: RotatingFile, letter: string): Promise<void> {
  time += 1_000;
  file.write(`${letter.repeat(99)}\n`);
  await file.settled();
}

function read(name: string): string {
  const bytes = readFileSync(join(directory, name));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
}

describe("openRotatingFile", () => {
  it("CF-48 puts a full file away, compressed, and begins a new one", async () => {
    const file = open();
    await fill(file, "a");
    file.write("next\n");
    await file.flush();
    expect(errors).toEqual([]);
    expect(readdirSync(directory).toSorted()).toEqual([
      "olla-2026-01-02T03-04-06.678.log.gz",
      "olla.log",
    ]);
    expect(read("olla-2026-01-02T03-04-06.678.log.gz")).toBe(`${"a".repeat(99)}\n`);
    expect(read("olla.log")).toBe("next\n");
  });

  it("keeps no more than its number of old files, the latest", async () => {
    const file = open();
    for (const letter of "abcd") await fill(file, letter);
    const kept = readdirSync(directory).filter((name) => name.endsWith(".gz"));
    expect(kept.toSorted().map((name) => read(name)[0])).toEqual(["c", "d"]);
  });

  it("keeps every old file when there is no limit", async () => {
    const file = open({ maxBackups: 0 });
    for (const letter of "abcd") await fill(file, letter);
    expect(readdirSync(directory)).toHaveLength(5);
  });

  it("removes what is too old, and compresses what an earlier process left", async () => {
    mkdirSync(directory, { recursive: true });
    const add = (name: string, ageDays: number): void => {
      writeFileSync(join(directory, name), name);
      const seconds = (START - ageDays * DAY_MS) / 1_000;
      utimesSync(join(directory, name), seconds, seconds);
    };
    add("olla-2025-12-01T00-00-00.000.log.gz", 15);
    add("olla-2026-01-01T00-00-00.000.log", 1);
    add("olla-2026-01-01T00-00-00.000.log.gz.part", 1);
    add("notes.log", 99);
    await open({ maxAgeMs: 14 * DAY_MS }).settled();
    expect(readdirSync(directory).toSorted()).toEqual([
      "notes.log",
      "olla-2026-01-01T00-00-00.000.log.gz",
      "olla.log",
    ]);
    expect(read("olla-2026-01-01T00-00-00.000.log.gz")).toBe("olla-2026-01-01T00-00-00.000.log");
  });

  it("counts what is in the file already", async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "olla.log"), `${"a".repeat(97)}\n`);
    const file = open();
    file.write("b\n");
    await file.settled();
    expect(readdirSync(directory).filter((name) => name.endsWith(".gz"))).toHaveLength(1);
  });

  it("loses no record that is written while a file is put away", async () => {
    const file = open({ maxBackups: 0 });
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index}\n`);
    for (const [index, line] of lines.entries()) {
      time += 1;
      file.write(line);
      if (index % 20 === 0) await file.flush();
    }
    await file.settled();
    await file.flush();
    const names = readdirSync(directory).toSorted();
    expect(names.length).toBeGreaterThan(1);
    expect(names.map((name) => read(name)).join("")).toBe(lines.join(""));
    expect(errors).toEqual([]);
  });

  it("says so when an old file cannot be put away, and goes on", async () => {
    const file = open();
    await file.settled();
    await file.flush();
    rmSync(join(directory, "olla.log"), { force: true });
    await fill(file, "a");
    expect(errors).toMatchObject([{ code: "ENOENT" }]);
  });

  it("throws for a folder that cannot be made", () => {
    writeFileSync(join(directory, "..", "file"), "");
    expect(() => open({ directory: join(directory, "..", "file", "logs") })).toThrow("ENOTDIR");
  });
});
