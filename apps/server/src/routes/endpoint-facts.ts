import type { Endpoint, HealthStatus } from "@olla-ts/core";
import { fnv1a32, isRoutableStatus } from "@olla-ts/core";
import type { HealthReport, TrafficStats } from "@olla-ts/core/ports";

import type { Services } from "../http/services.ts";

/** Everything the documents tell about one endpoint. */
export interface EndpointFacts {
  readonly endpoint: Endpoint;
  readonly id: string;
  readonly status: HealthStatus;
  readonly report: HealthReport;
  readonly traffic: TrafficStats;
  /** 0 to 100; undefined without traffic. */
  readonly successPercent: number | undefined;
  readonly inFlight: number;
  readonly models: { readonly count: number; readonly at: number | undefined };
  /** What is wrong with it, for people; empty when nothing is. */
  readonly issues: readonly string[];
}

/** All endpoints: preferred first, healthy before others, then by name. */
export function endpointFacts(services: Services): readonly EndpointFacts[] {
  return services
    .table()
    .endpoints.map((endpoint) => factsOf(endpoint, services))
    .toSorted(
      (a, b) =>
        b.endpoint.priority - a.endpoint.priority ||
        Number(b.status === "healthy") - Number(a.status === "healthy") ||
        a.endpoint.name.localeCompare(b.endpoint.name) ||
        a.id.localeCompare(b.id),
    );
}

/** Short, and the same for the same address: FNV-1a of it in base 36. */
export function endpointId({ url }: Endpoint): string {
  return (fnv1a32(url) >>> 0).toString(36);
}

function factsOf(endpoint: Endpoint, services: Services): EndpointFacts {
  const report = services.health(endpoint);
  const traffic = services.stats.endpoint(endpoint);
  const listed = services.registry.modelsOf(endpoint);
  const successPercent = services.successPercent(traffic);
  const status = services.states.status(endpoint.slot);
  const breaker = services.breaker(endpoint);
  return {
    endpoint,
    id: endpointId(endpoint),
    status,
    report,
    traffic,
    successPercent,
    inFlight: services.states.inFlight(endpoint.slot),
    models: { count: listed?.models.length ?? 0, at: listed?.at },
    issues: [
      ...(services.states.isDraining(endpoint.slot) ? ["drained by an operator"] : []),
      ...issuesOf(status, breaker, report, traffic, successPercent),
      ...modelListIssue(status, services.modelListError(endpoint)),
    ],
  };
}

/** An endpoint that is down has said so already. */
function modelListIssue(status: HealthStatus, error: string | undefined): readonly string[] {
  if (error === undefined || !isRoutableStatus(status)) return [];
  return [`model list not readable: ${error}`];
}

function issuesOf(
  status: HealthStatus,
  breaker: string | undefined,
  report: HealthReport,
  traffic: TrafficStats,
  successPercent: number | undefined,
): readonly string[] {
  const issues: string[] = [];
  if (!isRoutableStatus(status) && status !== "unknown") {
    issues.push(
      report.lastError === undefined ? "unavailable" : `unavailable: ${report.lastError}`,
    );
  }
  if (breaker !== undefined && breaker !== "closed") issues.push(`circuit breaker ${breaker}`);
  if (report.consecutiveFailures > 3)
    issues.push(`${report.consecutiveFailures} failed checks in a row`);
  if (traffic.requests > 10 && successPercent !== undefined && successPercent < 90)
    issues.push("low success rate");
  if (traffic.latency.averageMs > 5_000) issues.push("slow answers");
  return issues;
}
