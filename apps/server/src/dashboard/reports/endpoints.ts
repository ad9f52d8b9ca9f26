import type { LiveEndpoint } from "@olla-ts/core/ports";

import type { Services } from "../../http/services.ts";
import { endpointFacts } from "../../routes/endpoint-facts.ts";
import type { RequestWatch } from "../request-watch.ts";

/** Every endpoint as it is now. */
export function endpointsReport(services: Services, watch: RequestWatch): readonly LiveEndpoint[] {
  return endpointFacts(services).map((facts) => {
    const { endpoint, report, traffic } = facts;
    return {
      name: endpoint.name,
      id: facts.id,
      url: endpoint.url,
      type: endpoint.type,
      status: facts.status,
      breaker: services.breaker(endpoint),
      priority: endpoint.priority,
      inFlight: facts.inFlight,
      models: facts.models.count,
      requests: traffic.requests,
      failed: traffic.failed,
      successPercent: facts.successPercent,
      latency: traffic.latency,
      firstByte: traffic.firstByte,
      recent: watch.endpoint(endpoint.name),
      checkedAt: report.checkedAt,
      nextCheckAt: report.nextCheckAt,
      probeMs: report.probeMs,
      issues: facts.issues,
      lastErrors: watch.lastErrors(endpoint.name),
    };
  });
}
