/**
 * A thread of the tests that show state is shared between threads. Does its part
 * once all threads are ready, and adds what came of it to the region `report`.
 */
import { workerData } from "node:worker_threads";

import { createSharedState, type Endpoint, type SharedRegions } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import { ROTATION_CELLS, createRoundRobin, createSharedStickyStore } from "./index.ts";

/** What a thread is told. */
export interface ThreadTask {
  readonly regions: SharedRegions;
  readonly threads: number;
  readonly thread: number;
  readonly task: "rotate" | "pin";
  readonly repeats: number;
  readonly candidates: readonly Endpoint[];
}

/** Time is not what these tests are about. */
const still: Clock = {
  now: () => 1,
  wallTime: () => 0,
  schedule: () => ({ [Symbol.dispose]: () => {} }),
};

const told: ThreadTask = workerData;
const shared = createSharedState(told.regions);
const ready = shared.int32("ready", 1);
const report = shared.int32("report", told.candidates.length);

const tasks: Readonly<Record<ThreadTask["task"], () => void>> = {
  /** Reports how often each slot was selected. */
  rotate() {
    const balancer = createRoundRobin({ counters: shared.int32("rotation", ROTATION_CELLS) });
    for (let turn = 0; turn < told.repeats; turn += 1) {
      const context = { model: "", affinity: undefined };
      Atomics.add(report, balancer.selectEndpoint(told.candidates, context).endpoint.slot, 1);
    }
  },
  /** Pins keys of its own, each missed once and then found; reports the finds by thread. */
  pin() {
    const store = createSharedStickyStore({
      shared,
      clock: still,
      maxSessions: 100_000,
      idleTtlSeconds: 0,
    });
    for (let number = 0; number < told.repeats; number += 1) {
      const key = `${told.thread}/${number}`;
      store.find(key);
      store.pin(key, told.thread);
      if (store.find(key) === told.thread) Atomics.add(report, told.thread, 1);
    }
  },
};

Atomics.add(ready, 0, 1);
Atomics.notify(ready, 0);
for (let here = 0; here < told.threads; here = Atomics.load(ready, 0)) {
  Atomics.wait(ready, 0, here, 1_000);
}
tasks[told.task]();
