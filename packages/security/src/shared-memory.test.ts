import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { createSharedState } from "@olla-ts/core";
import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createRateLimiter } from "./index.ts";
import type { ThreadTask } from "./shared-memory.worker.ts";

const THREADS = 3;
const CLIENTS = ["192.0.2.1", "192.0.2.2"];

/** How many requests of each client three threads allow together. */
async function allowedInThreads(
  limits: Pick<ThreadTask, "perClientPerMinute" | "globalPerMinute" | "burst">,
): Promise<number[]> {
  const shared = createSharedState();
  shared.int32("ready", 1);
  const report = shared.int32("report", CLIENTS.length);
  createRateLimiter({ shared, clock: new ManualClock(), ...limits });
  const told: ThreadTask = {
    regions: shared.regions(),
    threads: THREADS,
    clients: CLIENTS,
    requests: 400,
    ...limits,
  };
  const exits = Array.from({ length: THREADS }, async () => {
    const worker = new Worker(new URL("./shared-memory.worker.ts", import.meta.url), {
      execArgv: ["--conditions=@olla-ts/source"],
      workerData: told,
    });
    await once(worker, "exit"); // rejects when the thread fails
  });
  await Promise.all(exits);
  return [...report];
}

describe("limits shared between threads", { timeout: 20_000 }, () => {
  it("allows each client its burst over all threads together", async () => {
    const limits = { perClientPerMinute: 60, globalPerMinute: 0, burst: 200 };
    expect(await allowedInThreads(limits)).toEqual([200, 200]);
  });

  it("allows all clients one burst in all over all threads together", async () => {
    const limits = { perClientPerMinute: 0, globalPerMinute: 60, burst: 200 };
    const [one = 0, other = 0] = await allowedInThreads(limits);
    expect(one + other).toBe(200);
  });
});
