export { makeEndpoint, makeIntent, makeProfile, makeRoutingTable } from "./make.ts";
export { ManualClock, settle } from "./manual-clock.ts";
export type { LogLine } from "./recording-logger.ts";
export { createRecordingLogger } from "./recording-logger.ts";
export type { RecordedSelection } from "./fake-load-balancer.ts";
export { FakeLoadBalancer } from "./fake-load-balancer.ts";
export { FakeRateLimiter, makeRateDecision } from "./fake-rate-limiter.ts";
export type { FakeStickyStoreOptions } from "./fake-sticky-store.ts";
export { FakeStickyStore } from "./fake-sticky-store.ts";
export { describeLoadBalancer } from "./load-balancer-contract.ts";
export type { RateLimiterSetup } from "./rate-limiter-contract.ts";
export { describeRateLimiter } from "./rate-limiter-contract.ts";
export type { StickyStoreSetup } from "./sticky-store-contract.ts";
export { describeStickyStore } from "./sticky-store-contract.ts";
export type { AllowedDifferences, MakeEngine } from "./proxy-engine/engine-harness.ts";
export { realClock } from "./proxy-engine/real-clock.ts";
export { describeProxyEngine } from "./proxy-engine-contract.ts";
export type { RecordingStats, RecordingStatsOptions } from "./fake-stats-collector.ts";
export { createRecordingStats, makeOutcome } from "./fake-stats-collector.ts";
export { describeStatsCollector } from "./stats-collector-contract.ts";
export type { CircuitBreakerWorld } from "./circuit-breaker-contract.ts";
export { describeCircuitBreaker } from "./circuit-breaker-contract.ts";
export type {
  BreakerResult,
  FakeCircuitBreaker,
  FakeCircuitBreakerOptions,
} from "./fake-circuit-breaker.ts";
export { createFakeCircuitBreaker } from "./fake-circuit-breaker.ts";
export type { FakeHealthChecker, FakeHealthCheckerOptions } from "./fake-health-checker.ts";
export { createFakeHealthChecker } from "./fake-health-checker.ts";
export type { HealthCheckerWorld, ScriptedHealth } from "./health-checker-contract.ts";
export { describeHealthChecker } from "./health-checker-contract.ts";
export type { EndpointSourceUnderTest } from "./endpoint-source-contract.ts";
export { describeEndpointSource } from "./endpoint-source-contract.ts";
export type { FakeEndpointSource } from "./fake-endpoint-source.ts";
export { createFakeEndpointSource, makeEndpointSpec } from "./fake-endpoint-source.ts";
export { createFakeModelRegistry, makeCatalogueModel } from "./fake-model-registry.ts";
export { describeModelRegistry } from "./model-registry-contract.ts";
export type { RecordingSpanExporter } from "./recording-span-exporter.ts";
export { createRecordingSpanExporter, makeSpan } from "./recording-span-exporter.ts";
