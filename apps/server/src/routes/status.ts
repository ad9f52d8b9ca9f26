import { isRoutableStatus } from "@olla-ts/core";
import type { Context, Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { documentTag, isKnownVersion } from "./document-tag.ts";
import { endpointFacts, type EndpointFacts } from "./endpoint-facts.ts";
import { readOnly } from "./read-only.ts";
import { modelsDocument } from "./status-models.ts";

/** `/internal/status` and below: endpoints, models and the gateway as a whole. */
export function statusRoutes(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/internal/status", (context) => revalidated(context, statusDocument(services)));
  readOnly(app, "/internal/status/endpoints", (context) =>
    revalidated(context, endpointsDocument(services)),
  );
  readOnly(app, "/internal/status/models", (context) => {
    const query = new URL(context.req.url).searchParams;
    return revalidated(context, modelsDocument(services, query));
  });
}

/** The document, or 304 when the client has it and nothing but the time changed since. */
function revalidated(context: Context<LocalEnv>, document: object): Response {
  const tag = documentTag(document);
  context.header("ETag", tag);
  context.header("Cache-Control", "private, no-cache");
  context.header("Vary", "Accept-Encoding");
  if (isKnownVersion(context.req.header("If-None-Match"), tag)) return context.body(null, 304);
  return context.json(document);
}

function statusDocument(services: Services): object {
  const { clock, format, settings, stats, startedAt, version } = services;
  const now = clock.wallTime();
  const facts = endpointFacts(services);
  const healthy = facts.filter(({ status }) => status === "healthy").length;
  const totals = stats.totals();
  const security = services.security();
  const successPercent = services.successPercent(totals);
  return {
    timestamp: new Date(now).toISOString(),
    proxy: { engine: settings.engine, profile: settings.profile, balancer: settings.balancer },
    simulated: settings.simulated,
    endpoints: facts.map((one) => statusItem(one, services, now)),
    security: {
      status: services.securityStatus(security),
      blocked_ips: security.blockedIps,
      violations: {
        rate_limits: security.rateLimitViolations,
        size_limits: security.sizeLimitViolations,
      },
    },
    system: {
      status: services.systemStatus({
        endpoints: facts.length,
        healthyEndpoints: healthy,
        successPercent: services.recentSuccess(),
      }),
      start_time: new Date(startedAt).toISOString(),
      uptime: format.uptime((now - startedAt) / 1_000),
      version,
      commit: "none",
      endpoints_up: `${healthy}/${facts.length}`,
      active_connections: facts.reduce((sum, { inFlight }) => sum + inFlight, 0),
      total_requests: totals.requests,
      total_failures: totals.failed,
      success_rate: format.percent(successPercent),
      has_traffic: totals.requests > 0,
      avg_latency: format.latency(totals.latency.averageMs),
      total_traffic: format.bytes(totals.responseBytes),
      security_violations: security.rateLimitViolations + security.sizeLimitViolations,
    },
  };
}

function statusItem(facts: EndpointFacts, { format, breaker }: Services, now: number): object {
  const { endpoint, report, traffic, models } = facts;
  return {
    name: endpoint.name,
    id: facts.id,
    url: endpoint.url,
    type: endpoint.type,
    status: facts.status,
    breaker: breaker(endpoint),
    priority: endpoint.priority,
    connections: facts.inFlight,
    requests: traffic.requests,
    success_rate: format.percent(facts.successPercent ?? 0),
    avg_latency: format.latency(traffic.latency.averageMs),
    traffic: format.bytes(traffic.responseBytes),
    last_check: format.ago(report.checkedAt, now),
    next_check: format.until(report.nextCheckAt, now),
    ...checkTimes(facts),
    models: {
      count: models.count,
      ...(models.at !== undefined && { last_updated: iso(models.at) }),
    },
    issues: facts.issues.join(", "),
    ...latencies(facts),
  };
}

function checkTimes({ report }: EndpointFacts): object {
  return {
    ...(report.checkedAt !== undefined && { health_check_at: iso(report.checkedAt) }),
    ...(report.nextCheckAt !== undefined && { next_check_at: iso(report.nextCheckAt) }),
  };
}

function latencies({ traffic }: EndpointFacts): object {
  const { averageMs, minMs, maxMs } = traffic.latency;
  return {
    ...(traffic.succeeded > 0 && { avg_latency_ms: Math.round(averageMs) }),
    min_latency_ms: Math.round(minMs),
    max_latency_ms: Math.round(maxMs),
  };
}

function endpointsDocument(services: Services): object {
  const { clock, format } = services;
  const now = clock.wallTime();
  const facts = endpointFacts(services);
  return {
    timestamp: new Date(now).toISOString(),
    endpoints: facts.map((one) => ({
      name: one.endpoint.name,
      type: one.endpoint.type,
      status: one.status,
      id: one.id,
      url: one.endpoint.url,
      priority: one.endpoint.priority,
      model_count: one.models.count,
      request_count: one.traffic.requests,
      active_connections: one.inFlight,
      success_rate: format.percent(one.successPercent),
      ...latencies(one),
      ...(one.report.probeMs !== undefined && {
        response_time: format.latency(one.report.probeMs),
      }),
      health_check: format.ago(one.report.checkedAt, now),
      ...checkTimes(one),
      ...(one.models.at !== undefined && {
        last_model_sync: format.ago(one.models.at, now),
        last_model_sync_at: iso(one.models.at),
      }),
      ...(one.issues.length > 0 && { issues: one.issues.join(", ") }),
    })),
    total_count: facts.length,
    healthy_count: facts.filter(({ status }) => status === "healthy").length,
    routable_count: facts.filter(({ status }) => isRoutableStatus(status)).length,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
