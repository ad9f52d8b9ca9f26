import type { ErrorCode, HealthStatus } from "@olla-ts/core";
import type {
  BreakerState,
  StickyStats,
  TrafficStats,
  TranslatorFigures,
} from "@olla-ts/core/ports";

import type { GenAiFigures } from "./gen-ai-rows.ts";
import type { ModelAtEndpoint } from "./model-endpoint-rows.ts";
import type { ModelUsage } from "./model-usage.ts";
import type { SecurityFigures, SystemStatus } from "./system-status.ts";
import type { TableSnapshot } from "./table-snapshot.ts";
import type { TrafficDistributions } from "./traffic-rows.ts";

/** One endpoint at the moment of the scrape. */
export interface EndpointSnapshot {
  /** Unique. */
  readonly name: string;
  readonly status: HealthStatus;
  /** Undefined when the engine has no breaker. */
  readonly breaker: BreakerState | undefined;
  readonly priority: number;
  /** Requests in flight. */
  readonly connections: number;
  /** Models it lists. */
  readonly modelsCount: number;
  readonly stats: TrafficStats;
  readonly distributions: TrafficDistributions;
}

/** One model at the moment of the scrape. */
export interface ModelSnapshot {
  /** Unique; aliases resolved. */
  readonly name: string;
  readonly stats: TrafficStats;
  readonly usage: ModelUsage;
  /** Endpoints that list it and may be asked. */
  readonly available: number;
  /** Where it was served, a bounded number. */
  readonly endpoints: readonly ({ readonly name: string } & ModelAtEndpoint)[];
}

/** Requests for generation at the moment of the scrape, with the name of their model. */
export interface GenAiSnapshot extends GenAiFigures {
  /** Of the catalogue; undefined when that does not have it. */
  readonly model: string | undefined;
}

/** What the process of the gateway uses. */
export interface ProcessFigures {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly residentBytes: number;
  /** Of the main thread. */
  readonly heapUsedBytes: number;
  readonly cpuSeconds: number;
  /** Time that the event loop of the main thread was not idle. */
  readonly busySeconds: number;
}

/** What became of the spans of traces. */
export interface SpanFigures {
  readonly exported: number;
  /** For want of room. */
  readonly overflowed: number;
  /** Not taken by the collector. */
  readonly failed: number;
}

/** Everything that the gateway's metrics are made from, as plain data. */
export interface GatewaySnapshot {
  /** When it was taken, in milliseconds since 1970. */
  readonly at: number;
  readonly uptimeSeconds: number;
  readonly info: {
    readonly version: string;
    readonly commit: string;
    readonly engine: string;
    readonly profile: string;
    readonly balancer: string;
  };
  readonly process: ProcessFigures;
  readonly systemStatus: SystemStatus;
  readonly totals: TrafficStats;
  /** Requests that wait for room at an endpoint. */
  readonly waiting: number;
  /** Requests per error code, whatever became of them. */
  readonly codes: ReadonlyMap<ErrorCode, number>;
  /** Of these, those that no backend was involved in. */
  readonly refusals: ReadonlyMap<ErrorCode, number>;
  readonly endpoints: readonly EndpointSnapshot[];
  /** Those to write series for: a bounded number, for example those with traffic. */
  readonly models: readonly ModelSnapshot[];
  readonly genAi: readonly GenAiSnapshot[];
  /** Those in use. */
  readonly translators: readonly TranslatorFigures[];
  readonly security: SecurityFigures;
  /** Undefined when sticky routing is off. */
  readonly sticky: StickyStats | undefined;
  readonly tables: readonly TableSnapshot[];
  /** Undefined when there are no traces. */
  readonly spans: SpanFigures | undefined;
}
