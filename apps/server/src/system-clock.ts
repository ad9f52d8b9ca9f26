import { performance } from "node:perf_hooks";

import type { Clock } from "@olla-ts/core/ports";

/** Real time. Every thread of the process counts from the same zero. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wallTime: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
