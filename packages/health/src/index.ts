export type { CircuitBreakerOptions } from "./circuit-breaker.ts";
export { createCircuitBreaker } from "./circuit-breaker.ts";
export type { HealthCheckerOptions } from "./health-checker.ts";
export { createHealthChecker } from "./health-checker.ts";
export type { ProbeFetch, ProbeInit, ProbeResponse } from "./probe-request.ts";
