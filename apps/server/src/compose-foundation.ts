import { createSharedState, type Endpoint, EndpointStates, type SharedState } from "@olla-ts/core";
import type {
  CircuitBreaker,
  Clock,
  Logger,
  RandomSource,
  TranslatorStats,
} from "@olla-ts/core/ports";
import { createCircuitBreaker } from "@olla-ts/health";
import {
  createRecentSuccess,
  createStatsCollector,
  createTranslatorStats,
  type Statistics,
} from "@olla-ts/stats";

import type { ConfigFile } from "./config/schema.ts";

/** The outside world. */
export interface Ambient {
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly fetch: typeof globalThis.fetch;
  readonly version: string;
}

/** What lives as long as the gateway, whatever its configuration becomes. */
export interface Foundation extends Ambient, Disposable {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly shared: SharedState;
  readonly states: EndpointStates;
  readonly stats: Statistics;
  readonly translators: TranslatorStats;
  readonly breaker: CircuitBreaker;
  /** The success of the last minutes, 0 to 100; undefined while there is too little traffic. */
  readonly recentSuccess: () => number | undefined;
  /** When an endpoint last answered a request, in milliseconds since 1970. */
  readonly answeredAt: Map<number, number>;
  /** Readies a row of shared memory for another endpoint. */
  readonly resetEndpoint: (endpoint: Endpoint) => void;
}

/**
 * Rows for endpoints. Those that left keep theirs until their last request ends, so there are
 * enough to replace all endpoints at once.
 */
export function endpointRows({ max_endpoints }: ConfigFile["limits"]): number {
  return 2 * max_endpoints;
}

/** @param limits sizes of the memory that everything is counted in */
export function createFoundation(limits: ConfigFile["limits"], ambient: Ambient): Foundation {
  const { clock, log } = ambient;
  const started = new DisposableStack();
  const shared = createSharedState();
  const rows = endpointRows(limits);
  const states = new EndpointStates(shared, rows);
  const stats = createStatsCollector({
    shared,
    clock,
    endpointCapacity: rows,
    modelCapacity: limits.max_models,
  });
  const breaker = started.use(
    createCircuitBreaker({
      shared,
      states,
      capacity: rows,
      clock,
      onChange: (endpoint, state) =>
        log.warn({ endpoint: endpoint.name, state }, "Circuit breaker changed"),
    }),
  );
  const recent = started.use(watchSuccess(clock, stats));
  const answeredAt = new Map<number, number>();
  return {
    ...ambient,
    startedAt: clock.wallTime(),
    shared,
    states,
    stats,
    translators: createTranslatorStats({ shared, clock }),
    breaker,
    recentSuccess: recent.percent,
    answeredAt,
    resetEndpoint(endpoint) {
      stats.forgetEndpoint(endpoint);
      breaker.reset(endpoint);
      answeredAt.delete(endpoint.slot);
    },
    [Symbol.dispose]: () => started.dispose(),
  };
}

/** Time between two readings of the success of the last minutes. */
const OBSERVE_EVERY_MS = 5_000;

/** The success of the last minutes: a failure long past does not mark the gateway as degraded. */
function watchSuccess(
  clock: Clock,
  stats: Statistics,
): Disposable & { readonly percent: () => number | undefined } {
  const success = createRecentSuccess({ clock });
  let percent: number | undefined;
  let timer: Disposable | undefined;
  const observe = (): void => {
    percent = success.observe(stats.totals());
    timer = clock.schedule(observe, OBSERVE_EVERY_MS);
  };
  observe();
  return { percent: () => percent, [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
}
