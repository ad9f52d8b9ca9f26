import type { Endpoint } from "@olla-ts/core";
import type { CatalogueModel, TrafficStats } from "@olla-ts/core/ports";

import type { ModelAtEndpoint, ModelUsage, Services } from "../http/services.ts";

const HOUR_MS = 3_600_000;

/** A model that was asked for, with everything counted of it. */
interface UsedModel {
  readonly name: string;
  readonly figures: TrafficStats;
  readonly usage: ModelUsage;
  readonly places: readonly Place[];
}

interface Place {
  readonly endpoint: Endpoint;
  readonly figures: ModelAtEndpoint;
}

/**
 * `/internal/stats/models`: traffic of every model since the start.
 * `include_endpoints=true` adds where each was served, `include_summary=true` the same by endpoint.
 */
export function modelStats(services: Services, query: URLSearchParams): object {
  const { clock, registry } = services;
  const now = clock.wallTime();
  const used = registry
    .catalogue()
    .flatMap((model) => usedModel(model, services) ?? [])
    .toSorted((a, b) => b.figures.requests - a.figures.requests || a.name.localeCompare(b.name));
  const withPlaces = query.get("include_endpoints") === "true";
  return {
    timestamp: new Date(now).toISOString(),
    endpoints: query.get("include_summary") === "true" ? byEndpoint(used, services, now) : {},
    models: used.map((model) => modelItem(model, services, { now, withPlaces })),
    summary: summary(used, services, now),
  };
}

/** Undefined for a model that nobody asked for. */
function usedModel(model: CatalogueModel, services: Services): UsedModel | undefined {
  const figures = services.stats.model(model);
  const usage = services.modelUsage(model);
  if (figures.requests === 0 && usage.routing.misses === 0) return undefined;
  const places = services.table().endpoints.flatMap((endpoint) => {
    const share = services.modelAt(model, endpoint);
    return share === undefined ? [] : [{ endpoint, figures: share }];
  });
  return { name: model.id, figures, usage, places };
}

function modelItem(
  { name, figures, usage, places }: UsedModel,
  services: Services,
  { now, withPlaces }: { readonly now: number; readonly withPlaces: boolean },
): object {
  const { format, successPercent } = services;
  return {
    name,
    total_requests: figures.requests,
    successful_requests: figures.succeeded,
    failed_requests: figures.failed,
    success_rate: format.percent(successPercent(figures)),
    total_traffic: format.bytes(figures.responseBytes),
    average_latency: format.latency(figures.latency.averageMs),
    p95_latency: format.latency(figures.latency.p95Ms),
    p99_latency: format.latency(figures.latency.p99Ms),
    unique_clients: usage.uniqueClients,
    routing_hits: usage.routing.hits,
    routing_misses: usage.routing.misses,
    routing_fallbacks: usage.routing.fallbacks,
    last_requested: format.ago(figures.lastUsedAt, now),
    ...(withPlaces && {
      endpoint_breakdown: Object.fromEntries(
        places.map((place) => [place.endpoint.name, placeItem(place, services, now)]),
      ),
    }),
  };
}

function placeItem(
  { endpoint, figures }: Place,
  { format, successPercent }: Services,
  now: number,
): object {
  return {
    endpoint_name: endpoint.name,
    request_count: figures.requests,
    success_rate: successPercent(figures) ?? 0,
    average_latency: format.latency(figures.averageMs),
    last_used: format.ago(figures.lastUsedAt, now),
    consecutive_errors: figures.consecutiveFailures,
  };
}

/** The endpoints that served any of the models, each with its figures over all of them. */
function byEndpoint(used: readonly UsedModel[], services: Services, now: number): object {
  const places = Map.groupBy(
    used.flatMap((model) => model.places),
    ({ endpoint }) => endpoint,
  );
  return Object.fromEntries(
    [...places].map(([endpoint, shares]) => {
      const figures = added(shares.map((share) => share.figures));
      return [endpoint.name, placeItem({ endpoint, figures }, services, now)];
    }),
  );
}

function added(shares: readonly ModelAtEndpoint[]): ModelAtEndpoint {
  const succeeded = total(shares, (share) => share.succeeded);
  const milliseconds = total(shares, (share) => share.averageMs * share.succeeded);
  return {
    requests: total(shares, (share) => share.requests),
    succeeded,
    failed: total(shares, (share) => share.failed),
    averageMs: succeeded === 0 ? 0 : milliseconds / succeeded,
    consecutiveFailures: Math.max(...shares.map((share) => share.consecutiveFailures)),
    lastUsedAt: Math.max(...shares.map((share) => share.lastUsedAt)),
  };
}

function summary(
  used: readonly UsedModel[],
  { format, successPercent }: Services,
  now: number,
): object {
  const requested = used.filter(({ figures }) => figures.requests > 0);
  const succeeded = total(used, ({ figures }) => figures.succeeded);
  const failed = total(used, ({ figures }) => figures.failed);
  return {
    total_models: requested.length,
    active_models: requested.filter(({ figures }) => now - (figures.lastUsedAt ?? 0) < HOUR_MS)
      .length,
    total_requests: total(used, ({ figures }) => figures.requests),
    overall_success_rate: format.percent(successPercent({ succeeded, failed })),
    total_traffic: format.bytes(total(used, ({ figures }) => figures.responseBytes)),
    most_popular_model: requested.at(0)?.name ?? "",
    least_popular_model: requested.at(-1)?.name ?? "",
  };
}

function total<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + amount(item), 0);
}
