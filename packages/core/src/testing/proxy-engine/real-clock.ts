import { performance } from "node:perf_hooks";
import { setTimeout as startTimer } from "node:timers";

import type { Clock } from "../../ports/clock.ts";

/** The system's own clock, for tests over real sockets. Everything else takes a `ManualClock`. */
export const realClock: Clock = {
  now: () => performance.now(),
  wallTime: () => performance.timeOrigin + performance.now(),
  schedule(callback, delayMs) {
    const timer = startTimer(callback, delayMs).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
