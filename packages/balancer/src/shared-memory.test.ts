import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { createSharedState, type SharedState } from "@olla-ts/core";
import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createSharedStickyStore, ROTATION_CELLS } from "./index.ts";
import type { ThreadTask } from "./shared-memory.worker.ts";

const THREADS = 3;
const candidates = [0, 1, 2].map((slot) => makeEndpoint({ slot }));

/** Runs a task in three threads at once, and hands back the sum of what they report. */
async function inThreads(
  shared: SharedState,
  task: Pick<ThreadTask, "task" | "repeats">,
): Promise<number[]> {
  shared.int32("ready", 1);
  const report = shared.int32("report", candidates.length);
  const exits = Array.from({ length: THREADS }, async (_, thread) => {
    const told: ThreadTask = {
      regions: shared.regions(),
      threads: THREADS,
      thread,
      candidates,
      ...task,
    };
    const worker = new Worker(new URL("./shared-memory.worker.ts", import.meta.url), {
      execArgv: ["--conditions=@olla-ts/source"],
      workerData: told,
    });
    await once(worker, "exit"); // rejects when the thread fails
  });
  await Promise.all(exits);
  return [...report];
}

describe("state shared between threads", { timeout: 20_000 }, () => {
  it("RT-29 rotates strictly over all threads together", async () => {
    const shared = createSharedState();
    shared.int32("rotation", ROTATION_CELLS);
    // 3 x 1000 turns over 3 endpoints: threads that count alone give the first two too many.
    const selected = await inThreads(shared, { task: "rotate", repeats: 1_000 });
    expect(selected).toEqual([1_000, 1_000, 1_000]);
  });

  it("finds in one thread what others pinned, and counts exactly", async () => {
    const shared = createSharedState();
    const store = createSharedStickyStore({
      shared,
      clock: new ManualClock(),
      maxSessions: 100_000,
      idleTtlSeconds: 0,
    });
    const found = await inThreads(shared, { task: "pin", repeats: 1_000 });
    expect(found).toEqual([1_000, 1_000, 1_000]);
    expect([0, 1, 2].map((thread) => store.find(`${thread}/999`))).toEqual([0, 1, 2]);
    expect(store.stats()).toMatchObject({
      activeSessions: 3_000,
      insertions: 3_000,
      hits: 3_003,
      misses: 3_000,
      evictions: 0,
    });
  });
});
