import { isDeepStrictEqual } from "node:util";

import { type Endpoint, type Model, type ProxyError, toProxyError } from "@olla-ts/core";
import type { Clock, Logger, ModelRegistry, RandomSource } from "@olla-ts/core/ports";

import { ConcurrencyLimit } from "./concurrency-limit.ts";
import { compileModelFilter } from "./model-filter.ts";
import { nextRefreshMs } from "./refresh-schedule.ts";
import { withTimeout } from "./with-timeout.ts";

/** Settings of model discovery; times in milliseconds. */
export interface ModelDiscoveryOptions {
  /** The present endpoints. */
  readonly endpoints: () => readonly Endpoint[];
  /** Whether an endpoint is worth asking now. */
  readonly isRoutable: (endpoint: Endpoint) => boolean;
  /** Asks one endpoint for its list. */
  readonly fetchModels: (endpoint: Endpoint, signal: AbortSignal) => Promise<readonly Model[]>;
  readonly registry: Pick<ModelRegistry, "replaceModels" | "modelsOf">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between two refreshes of an endpoint. Default 300,000. */
  readonly intervalMs?: number;
  /** Longest wait for one list, type detection included. Default 30,000. */
  readonly timeoutMs?: number;
  /** Endpoints asked at a time. Default 5. */
  readonly concurrency?: number;
  /** Before the first repetition after a failure; doubles with each. Default 5,000. */
  readonly backoffMinMs?: number;
  /** Longest wait between repetitions. Default `intervalMs`. */
  readonly backoffMaxMs?: number;
  /** Repetitions after a failure, before the next interval. Default: as many as it takes. */
  readonly retryAttempts?: number;
  /** Default `Math.random`. */
  readonly random?: RandomSource;
  /** Told after the registry holds a list that differs from the former one. */
  readonly onChange: (endpoint: Endpoint) => void;
  /**
   * Whether the type of an endpoint has to be found out. Default: when it is `auto`. One of
   * which it holds after a refresh, too, is refreshed again as after a failure.
   */
  readonly isTypeOpen?: (endpoint: Endpoint) => boolean;
  /** Finds out the type of such an endpoint; undefined when it cannot tell. Default: nobody does. */
  readonly detect?: (endpoint: Endpoint, signal: AbortSignal) => Promise<string | undefined>;
  /**
   * Told of a detected type before the list is fetched. The list is then asked
   * from the endpoint that has the slot by now, so this is where to replace it.
   */
  readonly onDetect?: (endpoint: Endpoint, type: string) => void;
}

/** How discovery of one endpoint goes. */
export interface DiscoveryReport {
  /** Milliseconds since 1970; undefined when it never succeeded. */
  readonly lastSyncAt: number | undefined;
  /** Of the last refresh; undefined after a success. */
  readonly lastError: ProxyError | undefined;
  /** Failed refreshes in a row. */
  readonly failures: number;
}

/** Keeps the registry in step with what the endpoints list. */
export interface ModelDiscovery {
  /**
   * Asks one endpoint now. Whoever calls while it is being asked gets the same
   * answer. Never rejects: see `report`. A failure leaves the former list in force.
   */
  refresh(endpoint: Endpoint): Promise<void>;
  /** Asks every routable endpoint now; each succeeds or fails on its own. */
  refreshAll(): Promise<void>;
  /** Asks every routable endpoint at once and then on its own schedule, until disposed. */
  startPolling(): Disposable;
  report(endpoint: Endpoint): DiscoveryReport;
}

/** How often polling looks for endpoints that are due or have just become routable. */
const POLL_TICK_MS = 1_000;

const NEVER_ASKED: DiscoveryReport = { lastSyncAt: undefined, lastError: undefined, failures: 0 };

interface Progress {
  readonly report: DiscoveryReport;
  /** Refreshes in a row after which the type was still to be found out. */
  readonly openRounds: number;
  /** On the monotonic clock. */
  readonly dueAt: number;
}

/** Makes discovery; it asks nobody before it is told to. */
export function createModelDiscovery(options: ModelDiscoveryOptions): ModelDiscovery {
  const { endpoints, isRoutable, fetchModels, registry, clock, log, onChange } = options;
  const { intervalMs = 300_000, timeoutMs = 30_000, concurrency = 5, detect, onDetect } = options;
  const { isTypeOpen = ({ type }) => type === "auto" } = options;
  const { backoffMinMs = 5_000, backoffMaxMs = intervalMs, random = Math.random } = options;
  const { retryAttempts = Infinity } = options;
  const schedule = { intervalMs, backoffMinMs, backoffMaxMs, retryAttempts, random };
  const limit = new ConcurrencyLimit(concurrency);
  const progress = new Map<string, Progress>();
  const running = new Map<string, Promise<void>>();

  /** The endpoint as it is configured now; undefined once it was removed. */
  function present(endpoint: Endpoint): Endpoint | undefined {
    return endpoints().find(
      (other) => other.slot === endpoint.slot && keyOf(other) === keyOf(endpoint),
    );
  }

  function refresh(endpoint: Endpoint): Promise<void> {
    const key = keyOf(endpoint);
    const current = running.get(key);
    if (current !== undefined) return current;
    const started = limit
      .run(() => refreshNow(endpoint))
      .finally(() => {
        running.delete(key);
      });
    running.set(key, started);
    return started;
  }

  async function refreshNow(queued: Endpoint): Promise<void> {
    const endpoint = present(queued);
    if (endpoint === undefined) return;
    try {
      const models = await withTimeout(clock, timeoutMs, (signal) => ask(endpoint, signal));
      const now = present(endpoint);
      if (now !== undefined) succeed(now, models);
    } catch (error) {
      if (present(endpoint) !== undefined) fail(endpoint, toProxyError(error));
    }
  }

  async function ask(endpoint: Endpoint, signal: AbortSignal): Promise<readonly Model[]> {
    const type = isTypeOpen(endpoint) ? await detect?.(endpoint, signal) : undefined;
    if (type !== undefined) onDetect?.(endpoint, type);
    return fetchModels(present(endpoint) ?? endpoint, signal);
  }

  function succeed(endpoint: Endpoint, listed: readonly Model[]): void {
    const isUsed = compileModelFilter(endpoint.modelFilter);
    const models = listed.filter(({ name }) => isUsed(name));
    const former = registry.modelsOf(endpoint)?.models ?? [];
    registry.replaceModels(endpoint, models);
    const { failures } = reportOf(endpoint);
    if (failures > 0) log.info({ endpoint: endpoint.name, failures }, "model discovery recovered");
    note(endpoint, { lastSyncAt: clock.wallTime(), lastError: undefined, failures: 0 });
    if (isSameList(former, registry.modelsOf(endpoint)?.models ?? [])) return;
    log.info({ endpoint: endpoint.name, models: models.length }, "model list changed");
    onChange(endpoint);
  }

  function fail(endpoint: Endpoint, error: ProxyError): void {
    const { lastSyncAt, failures } = reportOf(endpoint);
    note(endpoint, { lastSyncAt, lastError: error, failures: failures + 1 });
    const fields = {
      endpoint: endpoint.name,
      code: error.code,
      err: error,
      failures: failures + 1,
    };
    if (failures === 0) log.warn(fields, "model discovery failed");
    else log.debug(fields, "model discovery failed again");
  }

  function note(endpoint: Endpoint, report: DiscoveryReport): void {
    const key = keyOf(endpoint);
    const isOpen = detect !== undefined && isTypeOpen(endpoint);
    const openRounds = isOpen ? (progress.get(key)?.openRounds ?? 0) + 1 : 0;
    const setbacks = Math.max(report.failures, openRounds);
    progress.set(key, {
      report,
      openRounds,
      dueAt: clock.now() + nextRefreshMs(setbacks, schedule),
    });
  }

  function reportOf(endpoint: Endpoint): DiscoveryReport {
    return progress.get(keyOf(endpoint))?.report ?? NEVER_ASKED;
  }

  function refreshThose(isWanted: (endpoint: Endpoint) => boolean): Promise<unknown> {
    return Promise.all(
      endpoints()
        .filter((endpoint) => isWanted(endpoint))
        .map(refresh),
    );
  }

  function isDue(endpoint: Endpoint): boolean {
    return (
      clock.now() >= (progress.get(keyOf(endpoint))?.dueAt ?? -Infinity) && isRoutable(endpoint)
    );
  }

  function forgetRemoved(): void {
    const kept = new Set(endpoints().map((endpoint) => keyOf(endpoint)));
    for (const key of progress.keys()) if (!kept.has(key)) progress.delete(key);
  }

  return {
    refresh,
    refreshAll: async () => {
      await refreshThose(isRoutable);
    },
    startPolling(): Disposable {
      let timer: Disposable;
      function tick(): void {
        forgetRemoved();
        void refreshThose(isDue);
        timer = clock.schedule(tick, Math.min(POLL_TICK_MS, intervalMs));
      }
      tick();
      return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
    },
    report: reportOf,
  };
}

/** What makes an endpoint the same one after a reload. */
function keyOf({ slot, name, url }: Endpoint): string {
  return `${slot} ${url} ${name}`;
}

/** Whether both hold the same models, in whatever order they were listed. */
function isSameList(one: readonly Model[], other: readonly Model[]): boolean {
  return one === other || isDeepStrictEqual(byName(one), byName(other));
}

/** Some servers state the time of the answer as the time a model was made. */
function byName(models: readonly Model[]): ReadonlyMap<string, Model> {
  return new Map(models.map((model) => [model.name, { ...model, createdAt: 0 }]));
}
