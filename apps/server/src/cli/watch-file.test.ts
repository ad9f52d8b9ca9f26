import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createRecordingLogger, ManualClock } from "@olla-ts/core/testing";
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

/** Sets `..data` to another folder with a file of this text, as Kubernetes does. */
function publish(text: string): void {
  mkdirSync(join(folder, text));
  writeFileSync(join(folder, text, "config.yaml"), text);
  symlinkSync(text, join(folder, "..data.new"));
  renameSync(join(folder, "..data.new"), join(folder, "..data"));
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

  it("is not put off by another file of the folder that is written all the time", async () => {
    const onChange = vi.fn<() => void>();
    using _watch = watching(onChange);
    let lines = 0;
    const writing = setInterval(() => writeFileSync(join(folder, "log"), String((lines += 1))), 20);
    writeFileSync(path, "two");
    try {
      await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), WAIT);
    } finally {
      clearInterval(writing);
    }
  });

  it("tells of a folder that takes the place of another behind a link, as Kubernetes does it", async () => {
    const onChange = vi.fn<() => void>();
    rmSync(path);
    publish("one");
    symlinkSync("..data/config.yaml", path);
    using _watch = watching(onChange);
    for (const text of ["two", "three"]) {
      onChange.mockClear();
      publish(text);
      await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), WAIT);
    }
  });

  it("tells of a change of the file that a link leads to, wherever it leads by now", async () => {
    const onChange = vi.fn<() => void>();
    rmSync(path);
    for (const name of ["here", "there"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "real.yaml"), name);
    }
    symlinkSync("here/real.yaml", path);
    using _watch = watching(onChange);
    const change = async (act: () => void): Promise<void> => {
      onChange.mockClear();
      act();
      await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), WAIT);
    };
    await change(() => writeFileSync(join(folder, "here/real.yaml"), "two"));
    await change(() => {
      rmSync(path);
      symlinkSync("there/real.yaml", path);
    });
    await change(() => writeFileSync(join(folder, "there/real.yaml"), "three"));
  });

  it("goes on with a folder that was deleted and made again", async () => {
    const onChange = vi.fn<() => void>();
    const clock = new ManualClock();
    const inner = join(folder, "inner");
    path = join(inner, "config.yaml");
    mkdirSync(inner);
    writeFileSync(path, "one");
    const log = createRecordingLogger();
    using _watch = watchFile({ path, clock, log, onChange });
    rmSync(inner, { recursive: true });
    const tick = (): void => clock.advance(1_000);
    await vi.waitFor(() => {
      tick();
      expect(log.lines).toMatchObject([{ level: "warn" }]);
    }, WAIT);
    mkdirSync(inner);
    for (const text of ["two", "three"]) {
      onChange.mockClear();
      writeFileSync(path, text);
      await vi.waitFor(() => {
        tick();
        expect(onChange).toHaveBeenCalled();
      }, WAIT);
    }
    expect(log.lines).toHaveLength(1);
  });

  it("goes without a watch where the folder is none, and says so", () => {
    const log = createRecordingLogger();
    const gone = join(folder, "gone", "config.yaml");
    using _watch = watchFile({ path: gone, clock: systemClock, log, onChange: () => undefined });
    expect(log.lines).toMatchObject([{ level: "warn" }]);
  });
});
