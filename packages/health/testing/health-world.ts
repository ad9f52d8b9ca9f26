import { createSharedState, EndpointStates, type Endpoint } from "@olla-ts/core";
import type { HealthChange, HealthChecker } from "@olla-ts/core/ports";
import {
  createRecordingLogger,
  makeEndpoint,
  ManualClock,
  settle,
  type LogLine,
} from "@olla-ts/core/testing";

import { createHealthChecker, type HealthCheckerOptions } from "../src/health-checker.ts";
import { createScriptedFetch, type ScriptedFetch } from "./scripted-fetch.ts";

/** The one endpoint of most tests: probed every 2 s, with 1 s to answer. */
export const endpoint: Endpoint = makeEndpoint({
  name: "a",
  slot: 0,
  checkIntervalMs: 2_000,
  checkTimeoutMs: 1_000,
});

/** Options without effect, and waits in the middle of their range. */
export const plainOptions = { random: () => 0.5, headersFor: () => [], version: "1" } as const;

/** A checker on a manual clock in front of a scripted backend. */
export interface HealthWorld {
  readonly clock: ManualClock;
  readonly states: EndpointStates;
  readonly backend: ScriptedFetch;
  readonly lines: readonly LogLine[];
  readonly changes: readonly HealthChange[];
  readonly checker: HealthChecker;
  /** Status in force of `endpoint`. */
  readonly status: () => string;
  /** Lets time pass, with promises settling in between. */
  readonly pass: (ms: number) => Promise<void>;
  /** Lets time pass and tells when requests were sent, in milliseconds from here. */
  readonly timesOfProbes: (ms: number, stepMs?: number) => Promise<readonly number[]>;
}

export function makeHealthWorld(
  options: Partial<HealthCheckerOptions> = {},
  endpoints: readonly Endpoint[] = [endpoint],
): HealthWorld {
  const clock = new ManualClock();
  const states = new EndpointStates(createSharedState(), 64);
  const backend = createScriptedFetch();
  const log = createRecordingLogger();
  const changes: HealthChange[] = [];
  const checker = createHealthChecker({
    ...plainOptions,
    states,
    clock,
    log,
    fetch: backend.fetch,
    onChange: (change) => void changes.push(change),
    ...options,
  });
  checker.setEndpoints(endpoints);

  async function timesOfProbes(ms: number, stepMs = 50): Promise<readonly number[]> {
    const start = clock.now();
    const times: number[] = [];
    let seen = backend.requests.length;
    for (let moved = 0; moved <= ms; moved += stepMs) {
      clock.advance(moved === 0 ? 0 : stepMs);
      await settle();
      for (; seen < backend.requests.length; seen += 1) times.push(clock.now() - start);
    }
    return times;
  }

  return {
    clock,
    states,
    backend,
    lines: log.lines,
    changes,
    checker,
    status: () => states.status(endpoint.slot),
    pass: (ms) => clock.advanceAsync(ms, 50),
    timesOfProbes,
  };
}
