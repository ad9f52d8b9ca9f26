import { performance } from "node:perf_hooks";

import type { Clock } from "@olla-ts/core/ports";

/** Longest delay a timer takes; with a longer one it would ring at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

/** Real time. Every thread of the process counts from the same zero. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wallTime: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_DELAY_MS));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
