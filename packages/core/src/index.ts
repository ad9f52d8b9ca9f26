export type { Cancellation } from "./domain/cancellation.ts";
export { cancellationOf, CancellationSource } from "./domain/cancellation.ts";
export type { EndpointConditions } from "./domain/decide-route.ts";
export { decideRoute } from "./domain/decide-route.ts";
export type { Endpoint, ModelFilter } from "./domain/endpoint.ts";
export type { ErrorCode, Failure } from "./domain/failure.ts";
export { ERROR_CODES, failures, statusFailure } from "./domain/failure.ts";
export type { HeaderList } from "./domain/header-list.ts";
export {
  connectionNominated,
  headerPairs,
  headerValue,
  isHopByHop,
  isStream,
} from "./domain/header-list.ts";
export type { HealthStatus } from "./domain/health-status.ts";
export { HEALTH_STATUSES, isRoutableStatus } from "./domain/health-status.ts";
export type { Affinity, Intent } from "./domain/intent.ts";
export type { Model } from "./domain/model.ts";
export type {
  Dialect,
  ModelListFormat,
  Operation,
  ProfileLimits,
  ProviderProfile,
} from "./domain/provider-profile.ts";
export type { ProxyErrorOptions } from "./domain/proxy-error.ts";
export { ProxyError, toProxyError } from "./domain/proxy-error.ts";
export type { PauseParts, RetryRules } from "./domain/retry-rules.ts";
export { allowsRetry, EVERY_CANDIDATE, pauseBeforeRetry } from "./domain/retry-rules.ts";
export type {
  Exclusion,
  ExclusionRule,
  RejectedDecision,
  RoutedDecision,
  RoutingDecision,
} from "./domain/routing-decision.ts";
export { servedModel, upstreamModelName } from "./domain/routing-decision.ts";
export type {
  AliasRoute,
  ModelRoute,
  ProviderScope,
  RoutingStrategy,
  RoutingTable,
} from "./domain/routing-table.ts";
export type { ServingPlan } from "./domain/serving-plan.ts";
export { EQUIVALENT_OPERATIONS, planServing, servesAsItIs } from "./domain/serving-plan.ts";
export type { GenAiOperation } from "./domain/gen-ai-operation.ts";
export { genAiOperation } from "./domain/gen-ai-operation.ts";
export { matchesGlob } from "./domain/glob.ts";
export type { TraceContext } from "./domain/trace-context.ts";
export { formatTraceparent, parseTraceparent } from "./domain/trace-context.ts";
export { climbs, upstreamPath, usualPath, withQuery } from "./domain/upstream-path.ts";
export { CounterGrid } from "./state/counter-grid.ts";
export type { CountingThreads } from "./state/endpoint-states.ts";
export { EndpointStates } from "./state/endpoint-states.ts";
export { fnv1a32, mix32 } from "./state/hash.ts";
export type { KeyedEntry } from "./state/keyed-table.ts";
export { KeyedTable } from "./state/keyed-table.ts";
export {
  bucketLimit,
  bucketOf,
  HISTOGRAM_BUCKETS,
  HistogramGrid,
  quantile,
} from "./state/log-linear-histogram.ts";
export { SharedLeases } from "./state/shared-leases.ts";
export { SharedSignal } from "./state/shared-signal.ts";
export type { SharedRegions, SharedState } from "./state/shared-state.ts";
export { createSharedState } from "./state/shared-state.ts";
