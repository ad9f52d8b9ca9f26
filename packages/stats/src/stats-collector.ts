import {
  CounterGrid,
  type Endpoint,
  ERROR_CODES,
  type ErrorCode,
  type ModelRoute,
  type SharedState,
} from "@olla-ts/core";
import type { Clock, RequestOutcome, StatsCollector, TrafficStats } from "@olla-ts/core/ports";

import { ClientSightings } from "./client-sightings.ts";
import { type GenAiFigures, GenAiRows } from "./gen-ai-rows.ts";
import type { ModelAtEndpoint } from "./model-endpoint-rows.ts";
import { type ModelUsage, ModelUsageRows } from "./model-usage.ts";
import { outcomeClass } from "./outcome-class.ts";
import type { TableSnapshot } from "./table-snapshot.ts";
import {
  NO_DISTRIBUTIONS,
  NO_TRAFFIC,
  type TrafficDistributions,
  TrafficRows,
} from "./traffic-rows.ts";

export interface StatsCollectorOptions {
  /** Memory of the counters; the same in every thread that counts. */
  readonly shared: SharedState;
  /** Read for `lastUsedAt`. */
  readonly clock: Clock;
  /** Endpoint slots that have figures of their own; about 4 KiB each. Equal in every thread. */
  readonly endpointCapacity: number;
  /** Model slots that have figures of their own; about 4 KiB each. Equal in every thread. */
  readonly modelCapacity: number;
}

/** A collector, and what the control plane needs beyond counting. */
export interface Statistics extends StatsCollector {
  /** Refused requests per code since the start; codes that never occurred are absent. */
  refusals(): ReadonlyMap<ErrorCode, number>;
  /** Latencies of all successful requests. */
  totalDistributions(): TrafficDistributions;
  /** Latencies of an endpoint's successful requests, for a histogram. */
  distributions(endpoint: Endpoint): TrafficDistributions;
  /**
   * Sets the figures of an endpoint's slot to zero, before or after another
   * endpoint gets it. Requests of the former one that end later count for the new.
   */
  forgetEndpoint(endpoint: Endpoint): void;
  /** The same for the slot of a model that is no longer known. */
  forgetModel(slot: number): void;
  /** Who asks for a model, and what routing found for it. */
  modelUsage(model: Pick<ModelRoute, "slot">): ModelUsage;
  /** A model's figures at one endpoint; undefined when that never served it. */
  modelAt(model: Pick<ModelRoute, "slot">, endpoint: Endpoint): ModelAtEndpoint | undefined;
  /** Distinct clients that a rate limit refused within the last hour. Not for the request path. */
  limitedClients(): number;
  /**
   * Requests by operation, type of endpoint, model and error. Not for the request path.
   *
   * @param types names that the types of endpoints may have
   */
  genAi(types: Iterable<string>): readonly GenAiFigures[];
  /** How full the structures of fixed size are. */
  tables(): readonly TableSnapshot[];
}

const CODE_INDEX: ReadonlyMap<ErrorCode, number> = new Map(
  ERROR_CODES.map((code, index) => [code, index]),
);

/** Clients that a rate limit refused are remembered this long, and at most so many. */
const LIMITED_MS = 3_600_000;
const LIMITED_CLIENTS = 10_000;

/** Most models are asked for one operation, at endpoints of one type, and fail in one way at most. */
const GROUPS_PER_MODEL = 2;

/** Rows of the code counters. */
const OTHERS = 0;
const REFUSED = 1;

/** Row of the totals; those of endpoints follow, then those of models. */
const TOTALS = 0;

/**
 * Counts every request once in the totals, once for its endpoint and once for
 * its model, with atomic operations on shared memory: all threads see the same
 * exact figures. A slot beyond its capacity counts in the totals alone.
 */
export function createStatsCollector({
  shared,
  clock,
  endpointCapacity,
  modelCapacity,
}: StatsCollectorOptions): Statistics {
  const rows = new TrafficRows(shared, "stats", 1 + endpointCapacity + modelCapacity);
  const codes = new CounterGrid(shared, "stats.codes", 2, ERROR_CODES.length);
  const usage = new ModelUsageRows({ shared, modelCapacity });
  const genAi = new GenAiRows({ shared, capacity: GROUPS_PER_MODEL * modelCapacity });
  const limited = new ClientSightings({
    shared,
    name: "stats.limited",
    capacity: LIMITED_CLIENTS,
  });

  const endpointRow = (slot: number): number | undefined =>
    slot < endpointCapacity ? 1 + slot : undefined;
  const modelRow = (slot: number): number | undefined =>
    slot < modelCapacity ? 1 + endpointCapacity + slot : undefined;

  function read(row: number | undefined): TrafficStats {
    return row === undefined ? NO_TRAFFIC : rows.read(row);
  }

  return {
    record(outcome: RequestOutcome): void {
      const { endpoint, model, code } = outcome;
      const result = outcomeClass(outcome);
      const now = clock.wallTime();
      const at = BigInt(Math.trunc(now));
      rows.record(TOTALS, outcome, result, at);
      const ofEndpoint = endpoint === undefined ? undefined : endpointRow(endpoint.slot);
      if (ofEndpoint !== undefined) rows.record(ofEndpoint, outcome, result, at);
      const ofModel = model === undefined ? undefined : modelRow(model.slot);
      if (ofModel !== undefined) rows.record(ofModel, outcome, result, at);
      usage.record(outcome, result, now);
      genAi.record(outcome, result);
      if (code === undefined) return;
      if (code === "rate_limited") limited.see(outcome.client, now);
      const index = CODE_INDEX.get(code);
      if (index !== undefined) codes.add(result === "refused" ? REFUSED : OTHERS, index);
    },
    totals: () => rows.read(TOTALS),
    endpoint: ({ slot }) => read(endpointRow(slot)),
    model: ({ slot }) => read(modelRow(slot)),
    codes: () => counted((index) => codes.read(OTHERS, index) + codes.read(REFUSED, index)),
    refusals: () => counted((index) => codes.read(REFUSED, index)),
    totalDistributions: () => rows.distributions(TOTALS),
    distributions({ slot }) {
      const row = endpointRow(slot);
      return row === undefined ? NO_DISTRIBUTIONS : rows.distributions(row);
    },
    forgetEndpoint({ slot }) {
      const row = endpointRow(slot);
      if (row !== undefined) rows.clear(row);
      usage.forgetEndpoint(slot);
    },
    forgetModel(slot) {
      const row = modelRow(slot);
      if (row !== undefined) rows.clear(row);
      usage.forgetModel(slot);
      genAi.forgetModel(slot);
    },
    modelUsage: ({ slot }) => usage.read(slot),
    modelAt: (model, endpoint) => usage.at(model.slot, endpoint.slot),
    genAi: (types) => genAi.read(types),
    limitedClients() {
      limited.forgetBefore(clock.wallTime() - LIMITED_MS);
      return limited.size();
    },
    tables: () => [
      ...usage.tables(),
      { name: "gen_ai_groups", entries: genAi.size(), capacity: genAi.capacity },
      { name: "limited_clients", entries: limited.size(), capacity: limited.capacity },
    ],
  };
}

/** The codes for which `count` is more than 0. */
function counted(count: (index: number) => number): ReadonlyMap<ErrorCode, number> {
  const found = new Map<ErrorCode, number>();
  for (const [code, index] of CODE_INDEX) {
    const requests = count(index);
    if (requests > 0) found.set(code, requests);
  }
  return found;
}
