import type { Endpoint } from "@olla-ts/core";
import type { CatalogueModel, StickyStore, TrafficStats } from "@olla-ts/core/ports";
import {
  listModels,
  OLLAMA_ROOT_TEXT,
  parseJson,
  retrieveModel,
  writeOllamaPs,
  writeOllamaShow,
  writeOllamaTags,
  writeOllamaVersion,
} from "@olla-ts/dialects";
import {
  formatModelDetail,
  formatModelItem,
  formatModelList,
  isModelListShape,
  MODEL_LIST_SHAPES,
} from "@olla-ts/providers";
import {
  formatAgo,
  formatBytes,
  formatLatency,
  formatPercent,
  formatUntil,
  formatUptime,
  gatewayMetrics,
  type ModelSnapshot,
  securityStatus,
  type SpanFigures,
  type Statistics,
  successPercent,
  systemStatus,
} from "@olla-ts/stats";

import type { ControlPlane } from "./compose-control.ts";
import type { Foundation } from "./compose-foundation.ts";
import type { ServedSetup } from "./compose-setup.ts";
import { spanFigures } from "./compose-tracing.ts";
import type { SecurityReport, Services } from "./http/services.ts";
import { processReport } from "./process-report.ts";

export interface ServiceParts {
  readonly foundation: Foundation;
  readonly control: ControlPlane;
  readonly stickyStore: StickyStore | undefined;
  readonly explain: Services["explain"];
}

/** What the internal routes read, gathered from the adapters. */
export function createServices(
  { config, profiles, simulated, traces }: ServedSetup,
  { foundation, control, stickyStore, explain }: ServiceParts,
): Services {
  const { version, clock, states, stats, translators, startedAt, recentSuccess, threads } =
    foundation;
  const breaker = config.proxy.engine === "olla" ? foundation.breaker : undefined;
  const settings = {
    engine: config.proxy.engine,
    profile: config.proxy.profile,
    balancer: config.proxy.load_balancer,
    simulated,
  };
  const security = (): SecurityReport => {
    const refusals = stats.refusals();
    return {
      rateLimitViolations: refusals.get("rate_limited") ?? 0,
      sizeLimitViolations:
        (refusals.get("body_too_large") ?? 0) + (refusals.get("headers_too_large") ?? 0),
      blockedIps: stats.limitedClients(),
    };
  };
  const services: Services = {
    version,
    startedAt,
    clock,
    settings,
    table: control.table,
    states,
    health: (endpoint) => control.health.getStatus(endpoint),
    breaker: (endpoint) => breaker?.state(endpoint),
    registry: control.registry,
    modelListError: control.modelListError,
    stats,
    modelUsage: (model) => stats.modelUsage(model),
    modelAt: (model, endpoint) => stats.modelAt(model, endpoint),
    process: () => processReport(threads.count === 1 ? 1 : 1 + threads.count),
    translators: () => translators.figures(),
    sticky: () => stickyStore?.stats(),
    security,
    successPercent,
    recentSuccess,
    systemStatus,
    securityStatus,
    format: {
      bytes: formatBytes,
      percent: formatPercent,
      latency: formatLatency,
      ago: formatAgo,
      until: formatUntil,
      uptime: formatUptime,
    },
    modelList: (format, models) =>
      isModelListShape(format) ? formatModelList(format, models) : undefined,
    modelListFormats: MODEL_LIST_SHAPES,
    modelItem: formatModelItem,
    modelDetail: (model) => formatModelDetail(model, clock.wallTime(), profiles.resources),
    anthropicModels: {
      list: (models, query) => listModels(models, query),
      retrieve: (models, id) => retrieveModel(models, id),
    },
    ollama: {
      root: OLLAMA_ROOT_TEXT,
      version: writeOllamaVersion,
      tags: writeOllamaTags,
      loaded: writeOllamaPs,
      show: (models, body) => writeOllamaShow(models, parseJson(body)),
    },
    explain,
    metrics: () => metricsText(services, stats, spanFigures(traces, foundation)),
  };
  return services;
}

function metricsText(
  services: Services,
  stats: Statistics,
  spans: SpanFigures | undefined,
): string {
  const { clock, settings, version, startedAt, states, registry } = services;
  const { endpoints } = services.table();
  const totals = stats.totals();
  const catalogue = registry.catalogue();
  const modelNames = new Map(catalogue.map(({ slot, id }) => [slot, id]));
  const healthyEndpoints = endpoints.filter(({ slot }) => states.status(slot) === "healthy").length;
  const { engine, profile, balancer } = settings;
  return gatewayMetrics({
    at: clock.wallTime(),
    uptimeSeconds: (clock.wallTime() - startedAt) / 1_000,
    info: { version, commit: "none", engine, profile, balancer },
    systemStatus: systemStatus({
      endpoints: endpoints.length,
      healthyEndpoints,
      successPercent: services.recentSuccess(),
    }),
    totals,
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
      .map(({ model, figures }) => modelSnapshot(model, figures, { endpoints, stats })),
    genAi: stats.genAi([...services.table().profiles.keys(), "auto"]).map((figures) => ({
      ...figures,
      model: figures.modelSlot === undefined ? undefined : modelNames.get(figures.modelSlot),
    })),
    translators: services.translators(),
    security: services.security(),
    sticky: services.sticky(),
    tables: stats.tables(),
    spans,
  }).toText();
}

function modelSnapshot(
  model: CatalogueModel,
  figures: TrafficStats,
  { endpoints, stats }: { readonly endpoints: readonly Endpoint[]; readonly stats: Statistics },
): ModelSnapshot {
  return {
    name: model.id,
    stats: figures,
    usage: stats.modelUsage(model),
    endpoints: endpoints.flatMap((endpoint) => {
      const there = stats.modelAt(model, endpoint);
      return there === undefined ? [] : [{ name: endpoint.name, ...there }];
    }),
  };
}
