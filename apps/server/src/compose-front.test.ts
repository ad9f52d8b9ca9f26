import { availableParallelism } from "node:os";

import { createRecordingLogger } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { countThreads } from "./compose-front.ts";

const yes = (): Promise<boolean> => Promise.resolve(true);
const no = (): Promise<boolean> => Promise.resolve(false);

describe("countThreads", () => {
  it("serves with as many threads as are asked for, or as the machine runs at a time", async () => {
    const log = createRecordingLogger();
    expect(await countThreads(3, log, yes)).toBe(3);
    expect(await countThreads("auto", log, yes)).toBe(availableParallelism());
    expect(log.lines).toEqual([]);
  });

  it("serves with one where threads cannot share a port, and says so", async () => {
    const log = createRecordingLogger();
    expect(await countThreads(3, log, no)).toBe(1);
    expect(log.lines).toMatchObject([{ level: "warn", fields: { workers: 3 } }]);
  });

  it("asks nothing of the platform for one thread", async () => {
    const log = createRecordingLogger();
    expect(await countThreads(1, log, no)).toBe(1);
    expect(log.lines).toEqual([]);
  });
});
