import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { createSharedState } from "@olla-ts/core";
import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { expect, it } from "vitest";

import { createStatsCollector } from "./stats-collector.ts";

const THREADS = 3;
const REQUESTS = 10_000;
const CAPACITIES = { endpointCapacity: 2, modelCapacity: 2 };

/** Waits for all threads, then records `requests` outcomes over given memory; every tenth one failed. */
const THREAD = `
  const { workerData: data } = require("node:worker_threads");
  const load = require("node:module").createRequire(data.collector);
  const { createSharedState } = load("@olla-ts/core");
  const { createStatsCollector } = load(data.collector);
  const stats = createStatsCollector({
    shared: createSharedState(data.regions),
    clock: { wallTime: () => 1 },
    ...data.capacities,
  });
  const arrived = new Int32Array(data.arrived);
  Atomics.add(arrived, 0, 1);
  Atomics.notify(arrived, 0);
  for (let here = 1; here < data.threads; here = Atomics.load(arrived, 0)) {
    Atomics.wait(arrived, 0, here);
  }
  for (let request = 0; request < data.requests; request += 1) {
    const failed = request % 10 === 9;
    stats.record({
      endpoint: { slot: 1 },
      model: { slot: request % 2 },
      status: failed ? 502 : 200,
      code: failed ? "upstream_reset" : undefined,
      durationMs: data.thread * data.requests + request + 1,
      firstByteMs: undefined,
      requestBytes: 3,
      responseBytes: 5,
      attempts: 2,
    });
  }
`;

it("loses nothing when several threads count at the same time", { timeout: 20_000 }, async () => {
  const shared = createSharedState();
  const stats = createStatsCollector({ shared, clock: new ManualClock(), ...CAPACITIES });

  const arrived = new SharedArrayBuffer(4);

  const workers = Array.from({ length: THREADS }, (_, thread) => {
    const collector = fileURLToPath(new URL("./stats-collector.ts", import.meta.url));
    const regions = shared.regions();
    return new Worker(THREAD, {
      eval: true,
      execArgv: ["--conditions=@olla-ts/source"],
      workerData: {
        thread,
        threads: THREADS,
        requests: REQUESTS,
        arrived,
        collector,
        regions,
        capacities: CAPACITIES,
      },
    });
  });
  await Promise.all(workers.map((worker) => once(worker, "exit")));

  const total = THREADS * REQUESTS;
  const failed = total / 10;
  const expected = {
    requests: total,
    succeeded: total - failed,
    failed,
    requestBytes: total * 3,
    responseBytes: total * 5,
    retries: total,
  };
  expect(stats.totals()).toMatchObject(expected);
  expect(stats.endpoint(makeEndpoint({ slot: 1 }))).toMatchObject(expected);
  expect(stats.model({ slot: 0 }).requests).toBe(total / 2);
  expect(stats.model({ slot: 1 }).requests).toBe(total / 2);
  expect(stats.codes().get("upstream_reset")).toBe(failed);

  // Thread t records the durations t * REQUESTS + 1 and up; each tenth is a failure.
  const { latency } = stats.totals();
  expect(latency.minMs).toBe(1);
  expect(latency.maxMs).toBe(total - 1);
  const failures = Array.from({ length: failed }, (_, index) => (index + 1) * 10);
  const sum = (total * (total + 1)) / 2 - failures.reduce((one, other) => one + other, 0);
  expect(latency.averageMs).toBeCloseTo(sum / (total - failed), 6);
});
