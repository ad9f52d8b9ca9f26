import { parentPort, workerData } from "node:worker_threads";

import {
  createSharedState,
  EndpointStates,
  type Endpoint,
  type SharedRegions,
} from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import { createCircuitBreaker } from "../src/circuit-breaker.ts";

/** What the test gives a thread that has the same breakers. */
export interface ThreadStart {
  readonly endpoint: Endpoint;
  readonly regions: SharedRegions;
  readonly capacity: number;
  readonly threshold: number;
  readonly openMs: number;
  /** One 64-bit cell: the wall time of all threads, in milliseconds since 1970. */
  readonly time: SharedArrayBuffer;
  /** One 32-bit cell: how many threads have arrived at a barrier so far. */
  readonly arrivals: SharedArrayBuffer;
}

/** Admissions to ask for, each followed by a failure or kept; begins when so many have arrived. */
export interface ThreadOrder {
  readonly afterwards: "fail" | "keep";
  readonly times: number;
  readonly startAtArrival: number;
}

/** The tickets that the thread was given. */
export type ThreadAnswer = readonly number[];

const start: ThreadStart = workerData;
const wallTime = new BigInt64Array(start.time);
const arrivals = new Int32Array(start.arrivals);
const clock: Clock = {
  now: () => Number(Atomics.load(wallTime, 0)),
  wallTime: () => Number(Atomics.load(wallTime, 0)),
  // Timers of this thread never fire: what has to happen in time is up to the others.
  schedule: () => ({ [Symbol.dispose]: () => {} }),
};
const shared = createSharedState(start.regions);
const states = new EndpointStates(shared, start.capacity);
const breaker = createCircuitBreaker({ ...start, shared, states, clock });

function meet(startAtArrival: number): void {
  Atomics.add(arrivals, 0, 1);
  Atomics.notify(arrivals, 0);
  for (;;) {
    const arrived = Atomics.load(arrivals, 0);
    if (arrived >= startAtArrival) return;
    Atomics.wait(arrivals, 0, arrived);
  }
}

parentPort?.on("message", ({ afterwards, times, startAtArrival }: ThreadOrder) => {
  meet(startAtArrival);
  const tickets: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const ticket = breaker.admit(start.endpoint);
    if (ticket === undefined) continue;
    tickets.push(ticket);
    if (afterwards === "fail") breaker.report(start.endpoint, ticket, "failure");
  }
  const answer: ThreadAnswer = tickets;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(answer);
});
