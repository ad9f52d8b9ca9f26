import {
  failures,
  isRoutableStatus,
  type Endpoint,
  type EndpointStates,
  type ErrorCode,
  type HeaderList,
  type HealthStatus,
} from "@olla-ts/core";
import type {
  Clock,
  HealthChange,
  HealthChecker,
  HealthReport,
  Logger,
  RandomSource,
} from "@olla-ts/core/ports";

import { jittered } from "./check-schedule.ts";
import { createConcurrencyGate } from "./concurrency-gate.ts";
import type { ProbeFetch } from "./probe-request.ts";
import type { Verdict } from "./probe-verdict.ts";
import { createProbe } from "./probe.ts";
import { WatchedEndpoint } from "./watched-endpoint.ts";

/** Further failures after a change of status are logged once in so many. */
const FAILURES_PER_LOG_LINE = 5;

export interface HealthCheckerOptions {
  /** Where each status is put in force. */
  readonly states: EndpointStates;
  readonly clock: Clock;
  /** Spreads probes and their repetitions in time. */
  readonly random: RandomSource;
  /**
   * Sends the probes. Limits of its own, on connecting for example, must not be
   * shorter than the longest `checkTimeoutMs`.
   */
  readonly fetch: ProbeFetch;
  readonly log: Logger;
  /** Fields set on every request to an endpoint, credentials included. */
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  /** Query parameters set on every request to an endpoint, encoded. Default none. */
  readonly queryFor?: (endpoint: Endpoint) => string;
  /** Version in the `User-Agent` of a probe: `olla-HealthChecker/<version>`. */
  readonly version: string;
  /** Told of every change of status. A recovery is one whose `after` is `healthy`. */
  readonly onChange?: (change: HealthChange) => void;
  /**
   * When real traffic of an endpoint last succeeded, in milliseconds since 1970.
   * With it, one slow probe does not take out an endpoint that serves.
   */
  readonly trafficAt?: (endpoint: Endpoint) => number | undefined;
  /** Probes under way at a time, at least 1; default 32. */
  readonly maxConcurrent?: number;
  /** Share of each wait by which it varies either way, 0 to 1; default 0.1. */
  readonly jitterRatio?: number;
}

/** Probes each endpoint over HTTP on its own interval and hears of failures of real traffic. */
export function createHealthChecker(options: HealthCheckerOptions): HealthChecker {
  const { states, clock, random, log, onChange, trafficAt } = options;
  const { maxConcurrent = 32, jitterRatio = 0.1 } = options;
  const probe = createProbe(options);
  const gate = createConcurrencyGate(maxConcurrent);
  const watchedBySlot = new Map<number, WatchedEndpoint>();
  let monitoring = false;

  function find({ slot, url }: Endpoint): WatchedEndpoint | undefined {
    const watched = watchedBySlot.get(slot);
    return watched?.endpoint.url === url ? watched : undefined;
  }

  /** Starts a probe, or joins the one under way. */
  function check(watched: WatchedEndpoint): Promise<HealthStatus> {
    if (watched.running === undefined) {
      const stop = new AbortController();
      watched.running = { stop, done: probeAndSettle(watched, stop.signal) };
    }
    return watched.running.done;
  }

  async function probeAndSettle(
    watched: WatchedEndpoint,
    stop: AbortSignal,
  ): Promise<HealthStatus> {
    using _place = await gate.enter();
    const startedAt = clock.now();
    const verdict = stop.aborted ? undefined : await probe(watched.endpoint, stop);
    // A failure of real traffic meanwhile, or the end of monitoring, has made it void.
    if (verdict !== undefined && !stop.aborted) {
      watched.running = undefined;
      settle(watched, verdict, startedAt);
    }
    return statusOf(watched.endpoint);
  }

  function settle(watched: WatchedEndpoint, verdict: Verdict, startedAt: number): void {
    const { endpoint } = watched;
    const now = clock.now();
    const result = {
      verdict,
      probeMs: now - startedAt,
      now,
      wallTime: clock.wallTime(),
      trafficAt: trafficAt?.(endpoint),
    };
    const after = watched.settle(result, states.status(endpoint.slot));
    arm(watched, watched.waitMs(result, jitterRatio, random));
    putInForce(watched, after);
  }

  function arm(watched: WatchedEndpoint, waitMs: number): void {
    watched.timer?.[Symbol.dispose]();
    watched.timer = undefined;
    watched.nextCheckAt = undefined;
    if (!monitoring || find(watched.endpoint) !== watched) return;
    watched.nextCheckAt = clock.wallTime() + waitMs;
    watched.timer = clock.schedule(() => void check(watched), waitMs);
  }

  function putInForce(watched: WatchedEndpoint, after: HealthStatus): void {
    const { endpoint, consecutiveFailures, lastError } = watched;
    const before = states.status(endpoint.slot);
    const fields = { endpoint: endpoint.name, failures: consecutiveFailures, error: lastError };
    if (before === after) {
      if (consecutiveFailures > 0 && consecutiveFailures % FAILURES_PER_LOG_LINE === 0) {
        log.warn({ ...fields, status: after }, "endpoint still fails its health checks");
      }
      return;
    }
    states.setStatus(endpoint.slot, after);
    const level = isRoutableStatus(after) ? "info" : "warn";
    log[level]({ ...fields, before, after }, "endpoint health changed");
    tell({ endpoint, before, after });
  }

  /** The listener's mistakes must not end the probing. */
  function tell(change: HealthChange): void {
    try {
      onChange?.(change);
    } catch (error) {
      log.error({ endpoint: change.endpoint.name, error }, "health change listener failed");
    }
  }

  function statusOf(endpoint: Endpoint): HealthStatus {
    return find(endpoint) === undefined ? "unknown" : states.status(endpoint.slot);
  }

  function drop(watched: WatchedEndpoint): void {
    watched.halt();
    watchedBySlot.delete(watched.endpoint.slot);
    states.setStatus(watched.endpoint.slot, "unknown");
  }

  function keepOrAdd(endpoint: Endpoint): void {
    const kept = find(endpoint);
    if (kept === undefined) {
      const added = new WatchedEndpoint(endpoint);
      watchedBySlot.set(endpoint.slot, added);
      if (monitoring) void check(added);
      return;
    }
    kept.endpoint = endpoint;
    if (kept.nextCheckAt === undefined) return;
    // A shorter interval holds from now on, not only after the wait that is under way.
    const waitMs = jittered(endpoint.checkIntervalMs, jitterRatio, random);
    const sooner = Math.min(waitMs, kept.nextCheckAt - clock.wallTime());
    arm(kept, Math.max(0, sooner, kept.heldBackMs(clock.now())));
  }

  return {
    async checkEndpoint(endpoint: Endpoint): Promise<HealthStatus> {
      const watched = find(endpoint);
      if (watched !== undefined) return check(watched);
      using _place = await gate.enter();
      const verdict = await probe(endpoint, new AbortController().signal);
      return verdict?.status ?? "unknown";
    },

    startMonitoring(): Disposable {
      if (monitoring) throw new Error("endpoints are already monitored");
      monitoring = true;
      for (const watched of watchedBySlot.values()) void check(watched);
      const owned = new DisposableStack();
      owned.defer(() => {
        monitoring = false;
        for (const watched of watchedBySlot.values()) watched.halt();
      });
      return owned;
    },

    getStatus(endpoint: Endpoint): HealthReport {
      const watched = find(endpoint) ?? new WatchedEndpoint(endpoint);
      return watched.report(statusOf(endpoint));
    },

    setEndpoints(endpoints: readonly Endpoint[]): void {
      const urls = new Map(endpoints.map(({ slot, url }) => [slot, url]));
      for (const watched of watchedBySlot.values()) {
        if (urls.get(watched.endpoint.slot) !== watched.endpoint.url) drop(watched);
      }
      for (const endpoint of endpoints) keepOrAdd(endpoint);
    },

    reportFailure(endpoint: Endpoint, code: ErrorCode): void {
      const watched = find(endpoint);
      if (watched === undefined || !failures[code].takesOut) return;
      // A probe that began before the failure says nothing about the time after it.
      watched.halt();
      watched.trafficFailed(code, clock.now());
      arm(watched, watched.heldBackMs(clock.now()));
      putInForce(watched, "offline");
    },
  };
}
