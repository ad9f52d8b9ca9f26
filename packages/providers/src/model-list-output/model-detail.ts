import type { CatalogueModel } from "@olla-ts/core/ports";

import { estimateResources } from "../resources/estimate-resources.ts";
import type { ResourceRules } from "../resources/resource-rules.ts";
import { compare } from "./catalogue-views.ts";

/**
 * Everything about one model, for `GET /olla/models/{id}`.
 *
 * @param nowMs milliseconds since 1970, for `last_seen`
 * @param resources rules by type of server, for what the model needs; default none
 */
export function formatModelDetail(
  model: CatalogueModel,
  nowMs: number,
  resources: ReadonlyMap<string, ResourceRules> = new Map(),
): Readonly<Record<string, unknown>> {
  const loaded = model.sources.filter(({ state }) => state === "loaded");
  return {
    id: model.id,
    family: model.family,
    variant: model.variant,
    parameter_size: model.parameterSize,
    parameter_count: model.parameterCount,
    quantization: model.quantization,
    format: model.format,
    total_disk_size: describeBytes(model.diskBytes),
    last_seen: describeAge(nowMs - model.lastSeenAt),
    aliases: model.aliases.toSorted(compare),
    endpoints: model.sources.map(({ endpoint }) => endpoint.name),
    loaded_endpoints: loaded.map(({ endpoint }) => endpoint.name),
    capabilities: model.capabilities,
    ...(model.maxContextLength === undefined ? {} : { max_context_length: model.maxContextLength }),
    ...needsOf(model, resources),
  };
}

/** What the model is thought to need on the first server that lists it. */
function needsOf(
  { id, sources }: CatalogueModel,
  resources: ReadonlyMap<string, ResourceRules>,
): Readonly<Record<string, unknown>> {
  const [source] = sources;
  const rules = source === undefined ? undefined : resources.get(source.endpoint.type);
  if (source === undefined || rules === undefined) return {};
  const estimate = estimateResources(rules, id, source.model.sizeBytes);
  if (estimate.minMemoryGb === 0) return {};
  return {
    estimated_resources: {
      min_memory_gb: estimate.minMemoryGb,
      recommended_memory_gb: estimate.recommendedMemoryGb,
      min_gpu_memory_gb: estimate.minGpuMemoryGb,
      load_time_seconds: estimate.loadTimeMs / 1_000,
      max_concurrent_requests: estimate.maxConcurrent,
      timeout_seconds: estimate.timeoutMs / 1_000,
    },
  };
}

/** Binary units, two decimals: `4.34 GB`. */
function describeBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(2)} ${units[unit]}`;
}

/** The largest whole unit: `4s ago`, `3m ago`, `2h ago`, `5d ago`. */
function describeAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1_000));
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ago`;
  return `${Math.floor(seconds / 86_400)}d ago`;
}
