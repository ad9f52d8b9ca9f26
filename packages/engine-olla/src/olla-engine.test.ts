import { performance } from "node:perf_hooks";

import type { Clock } from "@olla-ts/core/ports";
import { describeProxyEngine } from "@olla-ts/core/testing";
import { describe } from "vitest";

import { createOllaEngine } from "./olla-engine.ts";

/** The contract runs over real sockets, so time is real too. */
const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

describe("createOllaEngine", () => {
  describeProxyEngine(({ timeouts, observer }) =>
    createOllaEngine({ timeouts, observer, clock, random: Math.random }),
  );
});
