import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, it } from "vitest";

import { cpuSecondsOf, parseStat, pinned, usageOf } from "./processes.ts";

describe("parseStat", () => {
  it("reads past a name with blanks and brackets", () => {
    const text = `4711 (a ) b) S 12 4700 4700 0 -1 4194304 1 2 3 4 150 25 7 8 20 0 11 0 99`;
    expect(parseStat(text)).toEqual({ pid: 4711, parent: 12, group: 4700, cpuSeconds: 1.75 });
  });

  it("knows nothing of a process that is gone", () => {
    expect(parseStat("")).toBeUndefined();
  });
});

describe("usageOf", () => {
  it("sums this process and what it started", async () => {
    const before = usageOf(process.pid);
    const child = spawn(process.execPath, [
      "-e",
      "process.stdout.write('up'); setInterval(() => {}, 1e6)",
    ]);
    await once(child.stdout, "data");
    const both = usageOf(process.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(before.residentBytes).toBeGreaterThan(1e6);
    expect(both.residentBytes).toBeGreaterThan(before.residentBytes + 10e6);
    expect(both.openFiles).toBeGreaterThan(before.openFiles);
  });

  it("is nothing for no process", () => {
    expect(cpuSecondsOf(0)).toBe(0);
    expect(usageOf(0)).toEqual({ cpuSeconds: 0, residentBytes: 0, openFiles: 0 });
  });
});

describe("pinned", () => {
  it("leaves a command alone where there are no cores to choose from", () => {
    expect(pinned(["a", "b"], undefined)).toEqual(["a", "b"]);
    expect(pinned(["a", "b"], "0")).toEqual(["taskset", "-c", "0", "a", "b"]);
  });
});
