/**
 * A thread of the test that shows limits are shared between threads. Makes its
 * requests once all threads are ready, and adds those allowed to the region `report`.
 */
import { workerData } from "node:worker_threads";

import { createSharedState, type SharedRegions } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import { createRateLimiter } from "./index.ts";

/** What a thread is told. */
export interface ThreadTask {
  readonly regions: SharedRegions;
  readonly threads: number;
  /** Client address of each request, in turn. */
  readonly clients: readonly string[];
  readonly requests: number;
  readonly perClientPerMinute: number;
  readonly globalPerMinute: number;
  readonly burst: number;
}

/** Time stands still, so that nothing is refilled while the threads run. */
const still: Clock = {
  now: () => 1,
  wallTime: () => 0,
  schedule: () => ({ [Symbol.dispose]: () => {} }),
};

const told: ThreadTask = workerData;
const shared = createSharedState(told.regions);
const ready = shared.int32("ready", 1);
const report = shared.int32("report", told.clients.length);
const limiter = createRateLimiter({ shared, clock: still, ...told });

Atomics.add(ready, 0, 1);
Atomics.notify(ready, 0);
for (let here = 0; here < told.threads; here = Atomics.load(ready, 0)) {
  Atomics.wait(ready, 0, here, 1_000);
}
for (let request = 0; request < told.requests; request += 1) {
  for (const [index, client] of told.clients.entries()) {
    if (limiter.check(client).allowed) Atomics.add(report, index, 1);
  }
}
