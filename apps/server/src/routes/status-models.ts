import type { CatalogueModel } from "@olla-ts/core/ports";

import type { Services } from "../http/services.ts";
import { endpointId } from "./endpoint-facts.ts";

const RECENT_MODELS = 10;
const NO_FAMILY = "unknown";

/** `/internal/status/models`: which models there are and where. */
export function modelsDocument(services: Services, query: URLSearchParams): object {
  const { clock, registry } = services;
  const now = clock.wallTime();
  const models = registry.catalogue();
  const families = groupByFamily(models);
  const recent = models
    .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt || a.id.localeCompare(b.id))
    .slice(0, RECENT_MODELS);
  const detailed = query.get("detailed") === "true" && query.get("group") === "family";
  return {
    timestamp: new Date(now).toISOString(),
    total_models: models.length,
    total_families: families.size,
    total_endpoints: new Set(endpointNames(models)).size,
    models_by_family: Object.fromEntries(
      [...families].map(([family, members]) => [family, members.map(({ id }) => id)]),
    ),
    recent_models: recent.map((model) => modelItem(model, services, now)),
    ...(detailed && {
      model_groups: [...families]
        .toSorted(([one], [other]) => compareFamilies(one, other))
        .map(([family, members]) => modelGroup(family, members, services, now)),
    }),
  };
}

function groupByFamily(
  models: readonly CatalogueModel[],
): ReadonlyMap<string, readonly CatalogueModel[]> {
  return Map.groupBy(models, ({ family }) => family || NO_FAMILY);
}

function endpointNames(models: readonly CatalogueModel[]): readonly string[] {
  return models.flatMap(({ sources }) => sources.map(({ endpoint }) => endpoint.name));
}

/** By name, the models of no family last. */
function compareFamilies(one: string, other: string): number {
  return Number(one === NO_FAMILY) - Number(other === NO_FAMILY) || one.localeCompare(other);
}

function modelGroup(
  family: string,
  members: readonly CatalogueModel[],
  services: Services,
  now: number,
): object {
  return {
    family,
    model_count: members.length,
    endpoints: [...new Set(endpointNames(members))].toSorted(),
    models: members
      .toSorted((one, other) => one.id.localeCompare(other.id))
      .map((model) => modelItem(model, services, now)),
  };
}

function modelItem(model: CatalogueModel, { format, states }: Services, now: number): object {
  const type = model.sources.find((source) => source.model.type !== undefined)?.model.type;
  const others = model.aliases.filter((alias) => alias !== model.id);
  return {
    name: model.id,
    ...(type !== undefined && { type }),
    ...(model.family !== "" && { family: model.family }),
    ...(model.diskBytes > 0 && { size: format.bytes(model.diskBytes) }),
    ...(model.parameterSize !== "" && { params: model.parameterSize }),
    ...(model.quantization !== "" && { quant: model.quantization }),
    last_seen: format.ago(model.lastSeenAt, now),
    last_seen_at: new Date(model.lastSeenAt).toISOString(),
    available: model.sources.some(({ endpoint }) => states.isRoutable(endpoint.slot)),
    endpoints: model.sources.map(({ endpoint }) => endpoint.name),
    endpoint_ids: model.sources.map(({ endpoint }) => endpointId(endpoint)),
    ...(others.length > 0 && { aliases: others }),
    ...(model.capabilities.length > 0 && { capabilities: model.capabilities }),
  };
}
