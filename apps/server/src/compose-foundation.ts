import {
  CounterGrid,
  type CountingThreads,
  type Endpoint,
  EndpointStates,
  SharedLeases,
  SharedSignal,
  type SharedState,
} from "@olla-ts/core";
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
import { OPERATION_COUNT } from "./pipeline/native-support.ts";

/** The outside world, for every thread. */
export interface Ambient {
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly version: string;
}

/** What lives as long as the gateway, whatever its configuration becomes. */
export interface Foundation extends Ambient, Disposable {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly shared: SharedState;
  readonly threads: CountingThreads;
  readonly states: EndpointStates;
  /** Connections to endpoints, where several threads make some. */
  readonly leases: SharedLeases | undefined;
  /** Places at endpoints that are kept for requests. */
  readonly keptPlaces: SharedLeases;
  /** Requests that wait for room at an endpoint, all in row 0. */
  readonly waitingRoom: SharedLeases;
  /** Given with every attempt that ends, where several threads make some. */
  readonly vacancies: SharedSignal | undefined;
  readonly stats: Statistics;
  readonly translators: TranslatorStats;
  /** What became of spans, see compose-tracing.ts. */
  readonly spans: CounterGrid;
  readonly breaker: CircuitBreaker;
  /** The success of the last minutes, 0 to 100; undefined while there is too little traffic. */
  readonly recentSuccess: () => number | undefined;
  /** When each endpoint last answered a request, by slot, in milliseconds since 1970; 0 is never. */
  readonly answeredAt: Float64Array;
  /** Cells of `createNativeSupport`. */
  readonly nativeRefusals: Float64Array;
  /** Readies a row of shared memory for another endpoint. */
  readonly resetEndpoint: (endpoint: Endpoint) => void;
}

/** Figures that are kept of spans. */
const SPAN_COLUMNS = 3;

/** Memory that everything is counted in, and who counts. */
export interface Counting {
  readonly shared: SharedState;
  readonly threads: CountingThreads;
  /** Sizes of that memory. */
  readonly limits: ConfigFile["limits"];
}

/**
 * Rows for endpoints. Those that left keep theirs until their last request ends, so there are
 * enough to replace all endpoints at once.
 */
export function endpointRows({ max_endpoints }: ConfigFile["limits"]): number {
  return 2 * max_endpoints;
}

export function createFoundation(
  { shared, threads, limits }: Counting,
  ambient: Ambient,
): Foundation {
  const { clock, log } = ambient;
  const rows = endpointRows(limits);
  const started = new DisposableStack();
  const states = new EndpointStates(shared, rows, threads);
  const isAlone = threads.count === 1;
  const leases = isAlone
    ? undefined
    : new SharedLeases(shared, "endpoint.connections", rows, threads);
  const keptPlaces = new SharedLeases(shared, "endpoint.places", rows, threads);
  const waitingRoom = new SharedLeases(shared, "endpoint.waiting", 1, threads);
  const vacancies = isAlone ? undefined : new SharedSignal(shared, "endpoint.vacancies");
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
  const answeredAt = shared.float64("endpoint.answered", rows);
  const nativeRefusals = shared.float64("native.refusals", rows * OPERATION_COUNT);
  return {
    ...ambient,
    startedAt: clock.wallTime(),
    shared,
    threads,
    states,
    leases,
    keptPlaces,
    waitingRoom,
    vacancies,
    stats,
    translators: createTranslatorStats({ shared, clock }),
    spans: new CounterGrid(shared, "traces.spans", 1, SPAN_COLUMNS),
    breaker,
    recentSuccess: recent.percent,
    answeredAt,
    nativeRefusals,
    resetEndpoint(endpoint) {
      const { slot } = endpoint;
      stats.forgetEndpoint(endpoint);
      breaker.reset(endpoint);
      answeredAt[slot] = 0;
      nativeRefusals.fill(0, slot * OPERATION_COUNT, (slot + 1) * OPERATION_COUNT);
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
