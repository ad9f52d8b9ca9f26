import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { describe, expect, it } from "vitest";

import { CounterGrid } from "./counter-grid.ts";
import { EndpointStates } from "./endpoint-states.ts";
import { KeyedTable } from "./keyed-table.ts";
import { HistogramGrid } from "./log-linear-histogram.ts";
import { SharedLeases } from "./shared-leases.ts";
import { createSharedState, type SharedState } from "./shared-state.ts";

// More than most machines that run the tests have processors: threads lose theirs while they hold a lock.
const THREADS = 6;
const TIMES = 16_000; // a multiple of 16

/** Waits for all threads, then runs `body` with the core package, shared state and index `thread`. */
function threadCode(body: string): string {
  return `
    const { workerData } = require("node:worker_threads");
    const core = require(workerData.core);
    const { thread, times } = workerData;
    const shared = core.createSharedState(workerData.regions);
    const arrived = new Int32Array(workerData.arrived);
    Atomics.add(arrived, 0, 1);
    Atomics.notify(arrived, 0);
    for (let here = 1; here < workerData.threads; here = Atomics.load(arrived, 0)) {
      Atomics.wait(arrived, 0, here);
    }
    ${body}
  `;
}

async function inThreads(shared: SharedState, body: string): Promise<void> {
  const arrived = new SharedArrayBuffer(4);
  const core = new URL("../index.ts", import.meta.url).pathname;
  const workers = Array.from({ length: THREADS }, (_, thread) => {
    const workerData = {
      arrived,
      core,
      regions: shared.regions(),
      thread,
      threads: THREADS,
      times: TIMES,
    };
    return new Worker(threadCode(body), { eval: true, workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, "exit")));
}

describe("shared memory under several threads", { timeout: 20_000 }, () => {
  it("loses no count of a CounterGrid", async () => {
    const shared = createSharedState();
    const grid = new CounterGrid(shared, "c", 2, 2);
    await inThreads(
      shared,
      `const grid = new core.CounterGrid(shared, "c", 2, 2);
       for (let time = 0; time < times; time += 1) grid.add(1, 1, 3);`,
    );
    expect(grid.read(1, 1)).toBe(THREADS * TIMES * 3);
    expect(grid.read(0, 1)).toBe(0);
  });

  it("loses no value of a HistogramGrid", async () => {
    const shared = createSharedState();
    const grid = new HistogramGrid(shared, "h", 1);
    await inThreads(
      shared,
      `const grid = new core.HistogramGrid(shared, "h", 1);
       for (let time = 0; time < times; time += 1) grid.record(0, time % 16);`,
    );
    const counts = grid.counts(0);
    expect([...counts.subarray(0, 16)]).toEqual(
      Array.from({ length: 16 }, () => (THREADS * TIMES) / 16),
    );
  });

  it("RT-28 ends with nothing in flight once every thread has released what it acquired", async () => {
    const shared = createSharedState();
    const states = new EndpointStates(shared, 2);
    const before = states.epoch();
    await inThreads(
      shared,
      `const states = new core.EndpointStates(shared, 2);
       states.acquire(0);
       for (let time = 0; time < times; time += 1) {
         states.acquire(1);
         states.setStatus(1, "healthy");
         states.release(1);
       }`,
    );
    expect(states.inFlight(1)).toBe(0);
    expect(states.inFlight(0)).toBe(THREADS);
    expect(states.epoch() - before).toBe(THREADS * TIMES);
  });

  it("never gives more leases than the limit, and loses none", async () => {
    const shared = createSharedState();
    const leases = new SharedLeases(shared, "l", 2, { index: 0, count: THREADS });
    const held = shared.int32("held", 2);
    await inThreads(
      shared,
      `const leases = new core.SharedLeases(shared, "l", 2, { index: thread, count: ${THREADS} });
       const held = shared.int32("held", 2);
       for (let time = 0; time < times; time += 1) {
         if (!leases.take(1, 2)) continue;
         if (Atomics.add(held, 0, 1) >= 2) Atomics.add(held, 1, 1);
         Atomics.sub(held, 0, 1);
         leases.give(1);
       }`,
    );
    expect([...held]).toEqual([0, 0]);
    expect(leases.count(1)).toBe(0);
  });

  it("loses no change of an entry that every thread changes", async () => {
    const shared = createSharedState();
    const table = new KeyedTable(shared, "t", 8);
    await inThreads(
      shared,
      `const table = new core.KeyedTable(shared, "t", 8);
       for (let time = 0; time < times * 10; time += 1) {
         table.update("same", time, (entry) => {
           entry.number += 1;
           entry.quantity += 0.5;
           return "keep";
         });
       }`,
    );
    const changes = THREADS * TIMES * 10;
    let seen: unknown;
    table.update("same", 0, ({ number, quantity }) => {
      seen = { number, quantity };
      return "keep";
    });
    expect(seen).toEqual({ number: changes, quantity: changes / 2 });
  });

  it("keeps size, entries and evictions of a full table in agreement", async () => {
    const shared = createSharedState();
    const table = new KeyedTable(shared, "t", 32);
    await inThreads(
      shared,
      `const table = new core.KeyedTable(shared, "t", 32);
       for (let time = 0; time < times; time += 1) {
         const key = String((time * 7 + thread) % 100);
         table.update(key, time, () => (time % 5 === 0 ? "remove" : "keep"));
       }`,
    );
    let entries = 0;
    table.sweep(() => {
      entries += 1;
      return false;
    });
    expect(table.size()).toBe(entries);
    expect(entries).toBeLessThanOrEqual(table.capacity);
    expect(table.evictions()).toBeGreaterThan(0);
  });
});
