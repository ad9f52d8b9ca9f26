import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { createSharedState, EndpointStates } from "@olla-ts/core";
import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

import type { ThreadAnswer, ThreadOrder, ThreadStart } from "../testing/breaker-thread.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";

const THREADS = 2;
const capacity = 4;
const endpoint = makeEndpoint({ slot: 3 });
const openMs = 30_000;

/** Threads take a moment to start, so tests share them; each test begins with a reset breaker. */
describe("createCircuitBreaker in several threads", () => {
  const threshold = 400;
  const shared = createSharedState();
  const states = new EndpointStates(shared, capacity);
  const clock = new ManualClock();
  const time = new BigInt64Array(new SharedArrayBuffer(8));
  const breaker = createCircuitBreaker({ shared, states, capacity, clock, threshold, openMs });
  const start: ThreadStart = {
    endpoint,
    regions: shared.regions(),
    capacity,
    threshold,
    openMs,
    time: time.buffer,
    arrivals: new SharedArrayBuffer(4),
  };
  const workers = Array.from(
    { length: THREADS },
    () =>
      new Worker(new URL("../testing/breaker-thread.ts", import.meta.url), {
        workerData: start,
        execArgv: ["--conditions=@olla-ts/source"],
      }),
  );
  let races = 0;

  beforeEach(() => {
    passTime(0);
    states.setStatus(endpoint.slot, "healthy");
    breaker.reset(endpoint);
  });

  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  });

  /** Moves the time of every thread. */
  function passTime(ms: number): void {
    clock.advance(ms);
    Atomics.store(time, 0, BigInt(clock.wallTime()));
  }

  /** Gives every thread its order, to be carried out at the same moment. */
  async function race(
    orders: readonly Omit<ThreadOrder, "startAtArrival">[],
  ): Promise<readonly ThreadAnswer[]> {
    races += 1;
    return Promise.all(
      workers.map(async (worker, index) => {
        const answer = once(worker, "message");
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ ...orders[index], startAtArrival: races * THREADS });
        const [tickets]: ThreadAnswer[] = await answer;
        return tickets ?? [];
      }),
    );
  }

  function fail(...times: readonly number[]): Promise<readonly ThreadAnswer[]> {
    return race(times.map((count) => ({ afterwards: "fail", times: count })));
  }

  it("RT-30 counts failures of two threads towards one threshold, and loses none", async () => {
    await fail(200, 199);
    expect(breaker.state(endpoint)).toBe("closed");
    const ticket = breaker.admit(endpoint);
    breaker.report(endpoint, ticket!, "failure");
    expect(breaker.state(endpoint)).toBe("open");
  });

  it("refuses in every thread, and in selection, what one thread opened", async () => {
    await fail(400, 0);
    const tickets = await race([
      { afterwards: "keep", times: 0 },
      { afterwards: "keep", times: 10 },
    ]);
    expect(tickets).toEqual([[], []]);
    expect(breaker.admit(endpoint)).toBeUndefined();
    expect(states.isRoutable(endpoint.slot)).toBe(false);
  });

  it("RT-32 admits exactly one attempt of all threads in half-open, every time", async () => {
    await fail(200, 200);
    const admitted: number[] = [];
    for (let round = 0; round < 50; round += 1) {
      passTime(openMs);
      const tickets = await race([
        { afterwards: "keep", times: 20 },
        { afterwards: "keep", times: 20 },
      ]);
      admitted.push(tickets.flat().length);
      breaker.report(endpoint, tickets.flat()[0]!, "failure");
    }
    expect(admitted).toEqual(Array.from({ length: 50 }, () => 1));
  });

  it("is closed in every thread when the attempt of another one succeeded", async () => {
    await fail(400, 0);
    passTime(openMs);
    const admitted = await race([
      { afterwards: "keep", times: 0 },
      { afterwards: "keep", times: 1 },
    ]);
    breaker.report(endpoint, admitted.flat()[0]!, "success");
    const tickets = await race([
      { afterwards: "keep", times: 3 },
      { afterwards: "keep", times: 3 },
    ]);
    expect(tickets.map((own) => own.length)).toEqual([3, 3]);
    expect(states.isRoutable(endpoint.slot)).toBe(true);
  });

  it("lets the endpoint be selected again when the thread that opened it cannot", async () => {
    await fail(400, 0);
    passTime(openMs);
    expect(states.isRoutable(endpoint.slot)).toBe(false);
    breaker.state(endpoint);
    expect(states.isRoutable(endpoint.slot)).toBe(true);
  });
});
