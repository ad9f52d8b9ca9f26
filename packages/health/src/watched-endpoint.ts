import { isRoutableStatus, type Endpoint, type ErrorCode, type HealthStatus } from "@olla-ts/core";
import type { HealthReport, RandomSource } from "@olla-ts/core/ports";

import {
  backoffMs,
  closeWatchMs,
  jittered,
  MAX_BACKOFF_MS,
  RECOVERY_WINDOW_MS,
} from "./check-schedule.ts";
import type { Verdict } from "./probe-verdict.ts";

/** A probe under way. */
export interface RunningProbe {
  /** Its result then counts for nothing. */
  readonly stop: AbortController;
  readonly done: Promise<HealthStatus>;
}

/** One finished probe. */
export interface ProbeResult {
  readonly verdict: Verdict;
  readonly probeMs: number;
  /** Monotonic, in milliseconds. */
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly wallTime: number;
  /** When real traffic last succeeded, in milliseconds since 1970. */
  readonly trafficAt: number | undefined;
}

/** What the checker remembers of one endpoint: its run of failures, and when to probe again. */
export class WatchedEndpoint {
  endpoint: Endpoint;
  timer: Disposable | undefined;
  running: RunningProbe | undefined;
  /** Milliseconds since 1970. */
  nextCheckAt: number | undefined;
  #checkedAt: number | undefined;
  #probeMs: number | undefined;
  #lastError: string | undefined;
  #consecutiveFailures = 0;
  /** Failed probes in a row that the back-off counts. */
  #backoffSteps = 0;
  #timeoutsInRow = 0;
  /** Monotonic: until then, probes stay close together. */
  #recoveringUntil = 0;
  /** Monotonic: the backend asked not to be probed before. */
  #notBefore = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  get consecutiveFailures(): number {
    return this.#consecutiveFailures;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /**
   * Takes in a probe.
   *
   * @param before the status in force
   * @returns the status that follows from it
   */
  settle(result: ProbeResult, before: HealthStatus): HealthStatus {
    const { verdict, now } = result;
    this.#checkedAt = result.wallTime;
    this.#probeMs = result.probeMs;
    this.#lastError = verdict.error;
    this.#timeoutsInRow = verdict.reason === "timeout" ? this.#timeoutsInRow + 1 : 0;
    this.#notBefore = now + verdict.notBeforeMs;
    if (verdict.status === "healthy") {
      this.#consecutiveFailures = 0;
      this.#backoffSteps = 0;
      this.#recoveringUntil = 0;
      return "healthy";
    }
    this.#consecutiveFailures += 1;
    if (this.#isMerelySlow(result, before)) return before;
    if (!this.#isClose(result)) this.#backoffSteps += 1;
    return verdict.status;
  }

  /** Takes in a failure of real traffic. */
  trafficFailed(code: ErrorCode, now: number): void {
    this.#consecutiveFailures += 1;
    this.#backoffSteps = 0;
    this.#lastError = `a request failed: ${code}`;
    this.#recoveringUntil = now + RECOVERY_WINDOW_MS;
  }

  /** Milliseconds from now before which no probe may be sent. */
  heldBackMs(now: number): number {
    return Math.max(0, this.#notBefore - now);
  }

  /** Wait after the probe that was just taken in, in milliseconds. */
  waitMs(result: ProbeResult, jitterRatio: number, random: RandomSource): number {
    const { checkIntervalMs } = this.endpoint;
    if (result.verdict.status === "healthy") return jittered(checkIntervalMs, jitterRatio, random);
    const closeWatch = this.#isClose(result);
    const plainMs = closeWatch
      ? closeWatchMs(checkIntervalMs)
      : backoffMs(checkIntervalMs, Math.max(1, this.#backoffSteps));
    const waitMs = Math.min(MAX_BACKOFF_MS, jittered(plainMs, jitterRatio, random));
    return Math.max(waitMs, this.heldBackMs(result.now));
  }

  report(status: HealthStatus): HealthReport {
    return {
      status,
      checkedAt: this.#checkedAt,
      nextCheckAt: this.nextCheckAt,
      probeMs: this.#probeMs,
      consecutiveFailures: this.#consecutiveFailures,
      lastError: this.#lastError,
    };
  }

  /** Stops what is under way and what is due. */
  halt(): void {
    this.timer?.[Symbol.dispose]();
    this.timer = undefined;
    this.nextCheckAt = undefined;
    this.running?.stop.abort();
    this.running = undefined;
  }

  /** Whether the endpoint may be back any moment: it is loading, or failed just now under traffic. */
  #isClose({ verdict, now }: ProbeResult): boolean {
    return verdict.reason === "loading" || now < this.#recoveringUntil;
  }

  /**
   * A first probe without an answer in time, from an endpoint that serves real
   * traffic: a healthy llama.cpp under load was measured to keep a new
   * connection waiting for up to 15 s.
   */
  #isMerelySlow({ verdict, wallTime, trafficAt }: ProbeResult, before: HealthStatus): boolean {
    return (
      verdict.reason === "timeout" &&
      this.#timeoutsInRow === 1 &&
      isRoutableStatus(before) &&
      trafficAt !== undefined &&
      wallTime - trafficAt <= 2 * this.endpoint.checkIntervalMs
    );
  }
}
