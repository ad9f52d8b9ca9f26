import type { StickyStore } from "@olla-ts/core/ports";
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
  securityStatus,
  successPercent,
  systemStatus,
} from "@olla-ts/stats";

import type { ControlPlane } from "./compose-control.ts";
import type { Foundation } from "./compose-foundation.ts";
import { metricsText } from "./compose-metrics.ts";
import type { ServedSetup } from "./compose-setup.ts";
import type { SecurityReport, Services } from "./http/services.ts";
import { processReport } from "./process-report.ts";

export interface ServiceParts {
  readonly foundation: Foundation;
  readonly control: ControlPlane;
  readonly stickyStore: StickyStore | undefined;
  readonly explain: Services["explain"];
  readonly admin: Services["admin"];
}

/** What the internal routes read, gathered from the adapters. */
export function createServices(
  { config, profiles, simulated, traces }: ServedSetup,
  { foundation, control, stickyStore, explain, admin }: ServiceParts,
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
    admin,
    metrics: () => metricsText(services, { foundation, traces }),
  };
  return services;
}
