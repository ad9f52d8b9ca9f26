import type { Endpoint, EndpointStates, HeaderList, RoutingTable } from "@olla-ts/core";
import type {
  BreakerState,
  CatalogueModel,
  Clock,
  HealthReport,
  ModelRegistry,
  EndpointSpec,
  StatsCollector,
  StickyStats,
  TranslatorFigures,
} from "@olla-ts/core/ports";

import type { Alteration, EndpointChanges } from "../admin/endpoint-changes.ts";
import type { RouteExplanation, RouteQuestion } from "../pipeline/explanation.ts";

/** Figures as people read them. */
export interface Formatters {
  readonly bytes: (bytes: number) => string;
  /** 0 to 100; undefined: no traffic. */
  readonly percent: (percent: number | undefined) => string;
  readonly latency: (milliseconds: number) => string;
  /** @param at milliseconds since 1970 */
  readonly ago: (at: number | undefined, now: number) => string;
  readonly until: (at: number | undefined, now: number) => string;
  readonly uptime: (seconds: number) => string;
}

/** Refusals since the start. */
export interface SecurityReport {
  readonly rateLimitViolations: number;
  readonly sizeLimitViolations: number;
  readonly blockedIps: number;
}

/** Who asks for a model, and what routing found for it. */
export interface ModelUsage {
  readonly uniqueClients: number;
  readonly routing: { readonly hits: number; readonly misses: number; readonly fallbacks: number };
}

/** Requests for one model that one endpoint served. */
export interface ModelAtEndpoint {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly averageMs: number;
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number;
}

/** What the gateway's process uses. Sizes in bytes, times in seconds. */
export interface ProcessReport {
  readonly memory: {
    readonly resident: number;
    readonly heapUsed: number;
    readonly heapTotal: number;
    readonly heapLimit: number;
    readonly external: number;
    readonly arrayBuffers: number;
  };
  readonly runtime: {
    readonly node: string;
    readonly v8: string;
    readonly cpus: number;
    readonly threads: number;
    readonly cpuUserSeconds: number;
    readonly cpuSystemSeconds: number;
  };
  readonly eventLoop: {
    /** Share of the time since the start in which it was busy, 0 to 1. */
    readonly utilization: number;
    /** Time that it was not idle, since the start. */
    readonly busySeconds: number;
    /** What keeps it alive, counted by kind. */
    readonly resources: Readonly<Record<string, number>>;
  };
}

/** How operators change the endpoints while the gateway runs. */
export interface Administration {
  /** What they have to show. */
  readonly token: string;
  readonly changes: () => EndpointChanges;
  /**
   * Puts a change in force, after those before it; resolves when requests that begin are under it.
   *
   * @throws ProxyError (rejection) when it cannot be made; nothing has changed then
   */
  readonly alter: (
    alteration: Alteration,
    told: { readonly action: string; readonly endpoint: string },
  ) => Promise<void>;
  /** @throws ProxyError for a body that is no endpoint */
  readonly readEndpoint: (body: string) => EndpointSpec;
}

/** What the routes that are not forwarded read. */
export interface Services {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly clock: Clock;
  readonly settings: {
    readonly engine: string;
    readonly profile: string;
    readonly balancer: string;
    readonly simulated: boolean;
  };
  readonly table: () => RoutingTable;
  readonly states: EndpointStates;
  readonly health: (endpoint: Endpoint) => HealthReport;
  readonly breaker: (endpoint: Endpoint) => BreakerState | undefined;
  readonly registry: ModelRegistry;
  /** Why the last question for the endpoint's models failed; undefined after a good answer. */
  readonly modelListError: (endpoint: Endpoint) => string | undefined;
  readonly stats: StatsCollector;
  readonly modelUsage: (model: CatalogueModel) => ModelUsage;
  /** Undefined when the endpoint never served the model. */
  readonly modelAt: (model: CatalogueModel, endpoint: Endpoint) => ModelAtEndpoint | undefined;
  /** What the process uses at this moment. */
  readonly process: () => ProcessReport;
  /** Translators that were used since the start. */
  readonly translators: () => readonly TranslatorFigures[];
  readonly sticky: () => StickyStats | undefined;
  readonly security: () => SecurityReport;
  /** Share of judged requests that succeeded, 0 to 100. */
  readonly successPercent: (figures: {
    readonly succeeded: number;
    readonly failed: number;
  }) => number | undefined;
  /** The same of the last minutes; undefined while there is too little traffic to judge by. */
  readonly recentSuccess: () => number | undefined;
  readonly systemStatus: (facts: {
    readonly endpoints: number;
    readonly healthyEndpoints: number;
    readonly successPercent: number | undefined;
  }) => string;
  readonly securityStatus: (report: SecurityReport) => string;
  readonly format: Formatters;
  /** The catalogue in a server's own list shape; undefined for an unknown format. */
  readonly modelList: (format: string, models: readonly CatalogueModel[]) => object | undefined;
  readonly modelListFormats: readonly string[];
  /** One model as clients of the OpenAI API read it. */
  readonly modelItem: (model: CatalogueModel) => object;
  readonly modelDetail: (model: CatalogueModel) => object;
  /** Documents of the Anthropic API. Both throw a ProxyError for what does not exist. */
  readonly anthropicModels: {
    readonly list: (models: readonly CatalogueModel[], query: URLSearchParams) => object;
    readonly retrieve: (models: readonly CatalogueModel[], id: string) => object;
  };
  /** Documents of the Ollama API. `show` throws a ProxyError for a model that does not exist. */
  readonly ollama: {
    readonly root: string;
    readonly version: () => object;
    readonly tags: (models: readonly CatalogueModel[]) => object;
    readonly loaded: (models: readonly CatalogueModel[]) => object;
    readonly show: (models: readonly CatalogueModel[], body: string) => object;
  };
  /** Where a request would go, and why. */
  readonly explain: {
    readonly route: (question: RouteQuestion) => RouteExplanation;
    readonly clientAddress: (peer: string, headers: HeaderList) => string;
    /** Largest body of a question; 0 or less is unlimited. */
    readonly maxBodyBytes: number;
  };
  /** Undefined unless `admin.enabled`. */
  readonly admin: Administration | undefined;
  /** Prometheus text. */
  readonly metrics: () => string;
}
