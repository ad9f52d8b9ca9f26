export { capLabels } from "./cap-labels.ts";
export type { Exposition, MetricFamily } from "./exposition.ts";
export { createExposition, EXPOSITION_CONTENT_TYPE } from "./exposition.ts";
export type { Labels } from "./exposition-format.ts";
export { DURATION_BOUNDS_SECONDS } from "./exposition-histogram.ts";
export {
  formatAgo,
  formatBytes,
  formatLatency,
  formatPercent,
  formatUntil,
  formatUptime,
} from "./format.ts";
export { gatewayMetrics } from "./gateway-metrics.ts";
export type {
  EndpointSnapshot,
  GatewaySnapshot,
  ModelSnapshot,
  SpanFigures,
} from "./gateway-snapshot.ts";
export type { ModelAtEndpoint } from "./model-endpoint-rows.ts";
export type { ModelUsage } from "./model-usage.ts";
export type { Distribution } from "./latency-rows.ts";
export type { OutcomeClass } from "./outcome-class.ts";
export { outcomeClass } from "./outcome-class.ts";
export type { RecentSuccess, RecentSuccessOptions } from "./recent-success.ts";
export { createRecentSuccess } from "./recent-success.ts";
export type { Statistics, StatsCollectorOptions } from "./stats-collector.ts";
export { createStatsCollector } from "./stats-collector.ts";
export type { Verdicts } from "./success-percent.ts";
export { successPercent } from "./success-percent.ts";
export type { SecurityFigures, SystemFacts, SystemStatus } from "./system-status.ts";
export { securityStatus, systemStatus } from "./system-status.ts";
export type { TableSnapshot } from "./table-snapshot.ts";
export type { TrafficDistributions } from "./traffic-rows.ts";
export type { TranslatorStatsOptions } from "./translator-stats.ts";
export { createTranslatorStats } from "./translator-stats.ts";
