import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createRecordingLogger } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { systemClock } from "../system-clock.ts";
import { watchFile } from "./watch-file.ts";

const WAIT = { timeout: 5_000 };

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "olla-watch-"));
  path = join(folder, "config.yaml");
  writeFileSync(path, "one");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function watching(onChange: () => void): Disposable {
  return watchFile({ path, clock: systemClock, log: createRecordingLogger(), onChange });
}

describe("watchFile", () => {
  it("tells of new contents, however many steps they are written in, once", async () => {
    const onChange = vi.fn<() => void>();
    using _watch = watching(onChange);
    for (const text of ["", "tw", "two"]) writeFileSync(path, text);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), WAIT);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("tells of a file that took the place of the former, as editors write it", async () => {
    const onChange = vi.fn<() => void>();
    using _watch = watching(onChange);
    for (const text of ["two", "three"]) {
      onChange.mockClear();
      writeFileSync(join(folder, "config.yaml.new"), text);
      renameSync(join(folder, "config.yaml.new"), path);
      // The first of the two must not have ended the watch.
      await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), WAIT);
    }
  });

  it("says nothing of the same contents, nor of other files of the folder", async () => {
    const onChange = vi.fn<() => void>();
    using _watch = watching(onChange);
    writeFileSync(path, "one");
    writeFileSync(join(folder, "other.yaml"), "x");
    // Whatever was told of these would have been told before this.
    writeFileSync(path, "two");
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), WAIT);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("goes without a watch where the folder is none, and says so", () => {
    const log = createRecordingLogger();
    const gone = join(folder, "gone", "config.yaml");
    using _watch = watchFile({ path: gone, clock: systemClock, log, onChange: () => undefined });
    expect(log.lines).toMatchObject([{ level: "warn" }]);
  });
});
