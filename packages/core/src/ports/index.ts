export type { BreakerState, CircuitBreaker } from "./circuit-breaker.ts";
export type { Clock } from "./clock.ts";
export type { EndpointSource, EndpointSpec } from "./endpoint-source.ts";
export type { HealthChange, HealthChecker, HealthReport } from "./health-checker.ts";
export type {
  LiveAttempt,
  LiveConfiguration,
  LiveEndpoint,
  LiveError,
  LiveHistory,
  LiveLimits,
  LiveModel,
  LiveOverview,
  LiveProblem,
  LiveReport,
  LiveRequest,
  LiveRequests,
  LiveSetting,
  RecentFigures,
} from "./live-report.ts";
export type {
  CandidateScore,
  LoadBalancer,
  Selection,
  SelectionContext,
  SelectionPreview,
  StickyOutcome,
} from "./load-balancer.ts";
export type { LogFields, Logger } from "./logger.ts";
export type { CatalogueModel, CatalogueSource, ModelRegistry } from "./model-registry.ts";
export type {
  Attempt,
  AttemptObserver,
  AttemptResult,
  BodySink,
  EngineStats,
  EngineTimeouts,
  ProxyEngine,
  ProxyRequest,
  ProxyResponse,
  ResponseBody,
  UpstreamRequest,
} from "./proxy-engine.ts";
export type { RandomSource } from "./random-source.ts";
export type { RateDecision, RateLimiter } from "./rate-limiter.ts";
export type { Span, SpanAttributes, SpanExporter } from "./span-exporter.ts";
export type {
  LatencyStats,
  RequestOutcome,
  StatsCollector,
  TrafficStats,
} from "./stats-collector.ts";
export type { StickyStats, StickyStore } from "./sticky-store.ts";
export type {
  PassthroughFallback,
  StatusClass,
  TranslatorFigures,
  TranslatorName,
  TranslatorStats,
  TranslatorUse,
} from "./translator-stats.ts";
