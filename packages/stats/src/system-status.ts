/** Condition of the gateway as a whole. */
export type SystemStatus = "healthy" | "degraded" | "critical";

/** What the condition of the gateway is judged by. */
export interface SystemFacts {
  readonly endpoints: number;
  readonly healthyEndpoints: number;
  /** 0 to 100; undefined when there is no traffic to judge by. */
  readonly successPercent: number | undefined;
}

/**
 * `critical` with fewer than half of the endpoints healthy or under 90 %
 * success, `degraded` below 80 % and 95 %. Without traffic the endpoints decide
 * alone; without endpoints it is `critical`.
 */
export function systemStatus({
  endpoints,
  healthyEndpoints,
  successPercent = 100,
}: SystemFacts): SystemStatus {
  if (endpoints === 0) return "critical";
  const healthyShare = healthyEndpoints / endpoints;
  if (healthyShare < 0.5 || successPercent < 90) return "critical";
  return healthyShare < 0.8 || successPercent < 95 ? "degraded" : "healthy";
}

/** Refusals of the security checks since the start. */
export interface SecurityFigures {
  readonly rateLimitViolations: number;
  readonly sizeLimitViolations: number;
  /** Distinct client addresses that were refused by the rate limit lately. */
  readonly blockedIps: number;
}

/** `elevated` with more than 100 violations or more than 10 limited addresses. */
export function securityStatus({
  rateLimitViolations,
  sizeLimitViolations,
  blockedIps,
}: SecurityFigures): "normal" | "elevated" {
  return rateLimitViolations + sizeLimitViolations > 100 || blockedIps > 10 ? "elevated" : "normal";
}
