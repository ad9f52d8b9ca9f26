import type { ErrorCode } from "../domain/failure.ts";
import type { HealthStatus } from "../domain/health-status.ts";
import type { ExclusionRule } from "../domain/routing-decision.ts";
import type { BreakerState } from "./circuit-breaker.ts";
import type { LatencyStats, TrafficStats } from "./stats-collector.ts";
import type { StickyStats } from "./sticky-store.ts";

/*
 * What the gateway tells an operator's page, as raw numbers. Times are milliseconds
 * since 1970, durations milliseconds. Sent as JSON: what is undefined is left out.
 */

/** Traffic of the last minute. */
export interface RecentFigures {
  readonly requestsPerSecond: number;
  readonly failedPerSecond: number;
  /** Of successful requests; undefined without any. */
  readonly averageMs: number | undefined;
  /** Of streams, to their first token; undefined without any. */
  readonly firstTokenMs: number | undefined;
  /** Pace of one answer after its first token; undefined where no tokens were counted. */
  readonly tokensPerSecond: number | undefined;
  /** Tokens of all answers together, per second. */
  readonly tokenThroughput: number;
}

/** Something an operator should know now. */
export interface LiveProblem {
  readonly severity: "critical" | "warning" | "info";
  /** Name of the endpoint it is about; undefined for the gateway as a whole. */
  readonly endpoint: string | undefined;
  readonly message: string;
}

/** The gateway as a whole. */
export interface LiveOverview {
  readonly at: number;
  readonly startedAt: number;
  readonly version: string;
  readonly engine: string;
  readonly balancer: string;
  readonly simulated: boolean;
  /** `healthy`, `degraded` or `critical`. */
  readonly status: string;
  /** The worst first; a bounded number. */
  readonly problems: readonly LiveProblem[];
  readonly endpoints: {
    readonly total: number;
    readonly healthy: number;
    readonly routable: number;
  };
  readonly models: number;
  readonly inFlight: number;
  readonly totals: TrafficStats;
  readonly recent: RecentFigures;
}

/**
 * Samples of the last hour, a column per figure; rates are per second. Latencies
 * are null where nothing ended between two samples; first tokens are those of streams.
 */
export interface LiveHistory {
  /** Number of the first sample here, counted since the start. */
  readonly first: number;
  readonly everyMs: number;
  readonly at: readonly number[];
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly refused: readonly number[];
  readonly tokens: readonly number[];
  readonly inFlight: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p95Ms: readonly (number | null)[];
  readonly firstTokenP50Ms: readonly (number | null)[];
  readonly firstTokenP95Ms: readonly (number | null)[];
}

/** A failure that an endpoint was the cause of. */
export interface LiveError {
  readonly at: number;
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
}

export interface LiveEndpoint {
  readonly name: string;
  /** Short, and the same for the same address. */
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly status: HealthStatus;
  /** Undefined when the engine has none. */
  readonly breaker: BreakerState | undefined;
  readonly priority: number;
  readonly inFlight: number;
  readonly models: number;
  readonly requests: number;
  readonly failed: number;
  /** 0 to 100; undefined without traffic. */
  readonly successPercent: number | undefined;
  /** Since the start. */
  readonly latency: LatencyStats;
  readonly firstByte: LatencyStats;
  readonly recent: RecentFigures;
  readonly checkedAt: number | undefined;
  readonly nextCheckAt: number | undefined;
  readonly probeMs: number | undefined;
  readonly issues: readonly string[];
  /** The latest first; a few. */
  readonly lastErrors: readonly LiveError[];
}

export interface LiveModel {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly family: string;
  readonly parameterSize: string;
  readonly quantization: string;
  readonly contextLength: number | undefined;
  readonly diskBytes: number;
  readonly capabilities: readonly string[];
  readonly endpoints: readonly {
    readonly name: string;
    readonly state: string;
    readonly routable: boolean;
  }[];
  readonly requests: number;
  readonly failed: number;
  readonly outputTokens: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly lastUsedAt: number | undefined;
  readonly recent: RecentFigures;
}

/** One send of a request. */
export interface LiveAttempt {
  readonly endpoint: string;
  /** Whether its answer is the one that the client got. */
  readonly answered: boolean;
  /** What went wrong there, where it is known. */
  readonly code: ErrorCode | undefined;
}

/** One request that is over, and why it went where it went. Holds nothing of its content. */
export interface LiveRequest {
  /** Counted since the start. */
  readonly sequence: number;
  /** When it ended. */
  readonly at: number;
  readonly id: string;
  readonly client: string;
  readonly userAgent: string | undefined;
  readonly method: string;
  readonly path: string;
  /** Values of parameters that may be secret are replaced. */
  readonly query: string | undefined;
  readonly operation: string | undefined;
  readonly model: string | undefined;
  /** Where an alias led. */
  readonly servedModel: string | undefined;
  readonly stream: boolean;
  readonly translated: boolean;
  readonly status: number;
  readonly code: ErrorCode | undefined;
  readonly error: string | undefined;
  readonly durationMs: number;
  /** Undefined for an answer that is no stream. */
  readonly firstTokenMs: number | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly endpoint: string | undefined;
  readonly strategy: string | undefined;
  readonly action: string | undefined;
  readonly reason: string | undefined;
  readonly sticky: string | undefined;
  readonly candidates: readonly string[];
  readonly excluded: readonly {
    readonly endpoint: string;
    readonly rule: ExclusionRule;
    readonly detail: string;
  }[];
  /** Endpoints tried, in order. */
  readonly attempts: readonly LiveAttempt[];
}

/** The latest requests, or those since the last report. */
export interface LiveRequests {
  /** Number of the first request here; those before it are no longer kept. */
  readonly first: number;
  readonly kept: number;
  readonly requests: readonly LiveRequest[];
}

export interface LiveLimits {
  /** Requests per minute; 0 is no limit. */
  readonly perClientPerMinute: number;
  readonly globalPerMinute: number;
  readonly burst: number;
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** Requests per error code since the start. */
  readonly codes: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Of these, those that no backend was involved in. */
  readonly refusals: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly security: string;
  /** Undefined when sticky routing is off. */
  readonly sticky: StickyStats | undefined;
  readonly translators: readonly {
    readonly name: string;
    readonly requests: number;
    readonly failed: number;
    readonly passthrough: number;
    readonly translated: number;
    readonly streaming: number;
    readonly outputTokens: number;
  }[];
}

export interface LiveSetting {
  readonly key: string;
  /** `duration` is in milliseconds, `bytes` in bytes. */
  readonly kind: string;
  /** Undefined when it is a secret. */
  readonly value: unknown;
  readonly isDefault: boolean;
  readonly description: string;
  /** Environment variable that overrides it. */
  readonly env: string | undefined;
}

/** The configuration in force. Credentials are not part of it. */
export interface LiveConfiguration {
  /** Undefined for built-in defaults. */
  readonly file: string | undefined;
  readonly settings: readonly LiveSetting[];
  readonly warnings: readonly string[];
}

/** Everything that can be told, by topic. */
export interface LiveReport {
  readonly overview: LiveOverview;
  readonly history: LiveHistory;
  readonly endpoints: readonly LiveEndpoint[];
  readonly models: readonly LiveModel[];
  readonly requests: LiveRequests;
  readonly limits: LiveLimits;
  readonly configuration: LiveConfiguration;
}
