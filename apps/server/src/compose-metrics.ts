import { type Endpoint, isRoutableStatus } from "@olla-ts/core";
import type { CatalogueModel, TrafficStats } from "@olla-ts/core/ports";
import { gatewayMetrics, type ModelSnapshot, systemStatus } from "@olla-ts/stats";

import type { Foundation } from "./compose-foundation.ts";
import { spanFigures } from "./compose-tracing.ts";
import type { TraceSettings } from "./config/trace-settings.ts";
import type { Services } from "./http/services.ts";

export interface MetricsParts {
  readonly foundation: Foundation;
  readonly traces: TraceSettings | undefined;
}

/** The text of `/internal/metrics`. */
export function metricsText(services: Services, { foundation, traces }: MetricsParts): string {
  const { clock, settings, version, startedAt, states, registry } = services;
  const { stats, waitingRoom } = foundation;
  const { endpoints, profiles } = services.table();
  const totals = stats.totals();
  const catalogue = registry.catalogue();
  const modelNames = new Map(catalogue.map(({ slot, id }) => [slot, id]));
  const healthyEndpoints = endpoints.filter(({ slot }) => states.status(slot) === "healthy").length;
  const { engine, profile, balancer } = settings;
  const { memory, runtime, eventLoop } = services.process();
  return gatewayMetrics({
    at: clock.wallTime(),
    uptimeSeconds: (clock.wallTime() - startedAt) / 1_000,
    info: { version, commit: "none", engine, profile, balancer },
    process: {
      startedAt,
      residentBytes: memory.resident,
      heapUsedBytes: memory.heapUsed,
      cpuSeconds: runtime.cpuUserSeconds + runtime.cpuSystemSeconds,
      busySeconds: eventLoop.busySeconds,
    },
    systemStatus: systemStatus({
      endpoints: endpoints.length,
      healthyEndpoints,
      successPercent: services.recentSuccess(),
    }),
    totals,
    waiting: waitingRoom.count(0),
    codes: stats.codes(),
    refusals: stats.refusals(),
    endpoints: endpoints.map((endpoint) => ({
      name: endpoint.name,
      status: states.status(endpoint.slot),
      breaker: services.breaker(endpoint),
      priority: endpoint.priority,
      connections: states.inFlight(endpoint.slot),
      modelsCount: registry.modelsOf(endpoint)?.models.length ?? 0,
      stats: stats.endpoint(endpoint),
      distributions: stats.distributions(endpoint),
    })),
    models: catalogue
      .map((model) => ({ model, figures: stats.model(model) }))
      .filter(({ figures }) => figures.requests > 0)
      .map(({ model, figures }) => modelSnapshot(model, figures, endpoints, foundation)),
    genAi: stats.genAi([...profiles.keys(), "auto"]).map((figures) => ({
      ...figures,
      model: figures.modelSlot === undefined ? undefined : modelNames.get(figures.modelSlot),
    })),
    translators: services.translators(),
    security: services.security(),
    sticky: services.sticky(),
    tables: stats.tables(),
    spans: spanFigures(traces, foundation),
  }).toText();
}

function modelSnapshot(
  model: CatalogueModel,
  figures: TrafficStats,
  endpoints: readonly Endpoint[],
  { stats, states }: Foundation,
): ModelSnapshot {
  return {
    name: model.id,
    stats: figures,
    usage: stats.modelUsage(model),
    available: model.sources.filter(({ endpoint }) =>
      isRoutableStatus(states.status(endpoint.slot)),
    ).length,
    endpoints: endpoints.flatMap((endpoint) => {
      const there = stats.modelAt(model, endpoint);
      return there === undefined ? [] : [{ name: endpoint.name, ...there }];
    }),
  };
}
