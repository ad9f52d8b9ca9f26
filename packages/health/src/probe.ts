import { withQuery, type Endpoint, type HeaderList } from "@olla-ts/core";
import type { Clock, RandomSource } from "@olla-ts/core/ports";

import { jittered } from "./check-schedule.ts";
import { networkFailure } from "./network-failure.ts";
import { probeHeaders, requestVerdict, type ProbeFetch } from "./probe-request.ts";
import { timedOut, unreachable, type Verdict } from "./probe-verdict.ts";

/** Waits before the second and the third try, in milliseconds. */
const RETRY_DELAYS_MS: readonly number[] = [100, 200];
const RETRY_JITTER = 0.125;

export interface ProbeOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly fetch: ProbeFetch;
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  readonly queryFor?: (endpoint: Endpoint) => string;
  readonly version: string;
}

/** One check of one endpoint; undefined when `stop` was triggered first. Never rejects. */
export type Probe = (endpoint: Endpoint, stop: AbortSignal) => Promise<Verdict | undefined>;

/**
 * Makes the function that checks one endpoint: up to three tries, within
 * `checkTimeoutMs` together. Only a network failure is tried again.
 */
export function createProbe({
  clock,
  random,
  fetch,
  headersFor,
  queryFor = () => "",
  version,
}: ProbeOptions): Probe {
  return async function probe(endpoint, stop) {
    const deadline = new AbortController();
    using _limit = clock.schedule(() => deadline.abort(), endpoint.checkTimeoutMs);
    const signal = AbortSignal.any([stop, deadline.signal]);

    async function send(): Promise<Verdict> {
      const headers = probeHeaders(version, headersFor(endpoint));
      const init = { method: "GET", headers, redirect: "manual", signal } as const;
      const url = withQuery(endpoint.healthUrl, queryFor(endpoint));
      return requestVerdict(fetch, url, init, () => clock.wallTime());
    }

    async function attempt(retry: number): Promise<Verdict | undefined> {
      try {
        return await send();
      } catch (error) {
        if (stop.aborted) return undefined;
        if (deadline.signal.aborted) {
          return timedOut(`no answer within ${endpoint.checkTimeoutMs} ms`);
        }
        const failure = networkFailure(error);
        if (failure.kind === "timeout") return timedOut(failure.text);
        const delayMs = RETRY_DELAYS_MS[retry];
        if (delayMs === undefined) return unreachable(failure.text);
        await pause(clock, jittered(delayMs, RETRY_JITTER, random), signal);
        if (stop.aborted) return undefined;
        return deadline.signal.aborted ? unreachable(failure.text) : attempt(retry + 1);
      }
    }

    return await attempt(0);
  };
}

/** Resolves after the delay, or at once when the signal is triggered. */
async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  signal.addEventListener("abort", wake, { once: true });
  using _timer = clock.schedule(wake, delayMs);
  await promise;
  signal.removeEventListener("abort", wake);
}
