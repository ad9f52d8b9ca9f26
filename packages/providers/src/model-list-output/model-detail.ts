import type { CatalogueModel } from "@olla-ts/core/ports";

import { compare } from "./catalogue-views.ts";

/**
 * Everything about one model, for `GET /olla/models/{id}`.
 *
 * @param nowMs milliseconds since 1970, for `last_seen`
 */
export function formatModelDetail(
  model: CatalogueModel,
  nowMs: number,
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
