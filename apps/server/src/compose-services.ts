import type { EndpointStates, SharedState } from "@olla-ts/core";
import type { CircuitBreaker, Clock, StickyStore, TranslatorStats } from "@olla-ts/core/ports";
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
  createRecentSuccess,
  gatewayMetrics,
  securityStatus,
  type Statistics,
  successPercent,
  systemStatus,
} from "@olla-ts/stats";

import type { ControlPlane } from "./compose-control.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import type { SecurityReport, Services } from "./http/services.ts";

export interface ServiceParts {
  readonly version: string;
  readonly clock: Clock;
  readonly shared: SharedState;
  readonly states: EndpointStates;
  readonly stats: Statistics;
  readonly translators: TranslatorStats;
  readonly control: ControlPlane;
  readonly stickyStore: StickyStore | undefined;
  /** Absent when the engine has none. */
  readonly breaker?: CircuitBreaker;
}

/** What the internal routes read, gathered from the adapters. */
export function createServices(
  { config, profiles, simulated }: GatewaySetup & { readonly simulated: boolean },
  { version, clock, states, stats, translators, control, stickyStore, breaker }: ServiceParts,
): Services & Disposable {
  const startedAt = clock.wallTime();
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
      blockedIps: 0,
    };
  };
  const recent = watchSuccess(clock, stats);
  const services: Services & Disposable = {
    version,
    startedAt,
    clock,
    settings,
    table: control.table,
    states,
    health: (endpoint) => control.health.getStatus(endpoint),
    breaker: (endpoint) => breaker?.state(endpoint),
    registry: control.registry,
    stats,
    translators: () => translators.figures(),
    sticky: () => stickyStore?.stats(),
    security,
    successPercent,
    recentSuccess: recent.percent,
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
    metrics: () => metricsText(services, stats),
    [Symbol.dispose]: () => recent[Symbol.dispose](),
  };
  return services;
}

/** Time between two readings of the success of the last minutes. */
const OBSERVE_EVERY_MS = 5_000;

/** The success of the last minutes: a failure long past does not mark the gateway as degraded. */
function watchSuccess(
  clock: Clock,
  stats: Statistics,
): Disposable & { readonly percent: () => number | undefined } {
  const success = createRecentSuccess({ clock });
  let percent: number | undefined;
  let timer: Disposable | undefined;
  const observe = (): void => {
    percent = success.observe(stats.totals());
    timer = clock.schedule(observe, OBSERVE_EVERY_MS);
  };
  observe();
  return { percent: () => percent, [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
}

function metricsText(services: Services, stats: Statistics): string {
  const { clock, settings, version, startedAt, states, registry } = services;
  const { endpoints } = services.table();
  const totals = stats.totals();
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
    models: registry
      .catalogue()
      .map((model) => ({ name: model.id, stats: stats.model(model) }))
      .filter((model) => model.stats.requests > 0),
    translators: services.translators(),
    security: services.security(),
    sticky: services.sticky(),
    tables: [],
  }).toText();
}
