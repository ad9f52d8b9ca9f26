import type { Endpoint } from "../domain/endpoint.ts";
import type { Model } from "../domain/model.ts";
import type { CatalogueModel, ModelRegistry } from "../ports/model-registry.ts";

/** A catalogue entry with plausible values. */
export function makeCatalogueModel(over: Partial<CatalogueModel> = {}): CatalogueModel {
  const id = over.id ?? "model";
  return {
    id,
    slot: 0,
    aliases: [id],
    family: "",
    variant: "",
    publisher: "",
    parameterSize: "",
    parameterCount: 0,
    quantization: "",
    format: "",
    maxContextLength: undefined,
    capabilities: [],
    diskBytes: 0,
    sources: [],
    firstSeenAt: 0,
    lastSeenAt: 0,
    ...over,
  };
}

/**
 * A registry that merges nothing but equal names, ignoring case, and describes
 * nothing: enough for whoever only asks which endpoint has which model.
 *
 * @param wallTime milliseconds since 1970; default always 0
 */
export function createFakeModelRegistry(wallTime: () => number = () => 0): ModelRegistry & {
  modelSlot(name: string): number;
} {
  const listed = new Map<number, { endpoint: Endpoint; models: readonly Model[]; at: number }>();
  const seen = new Map<string, { readonly slot: number; readonly firstSeenAt: number }>();
  let catalogue: readonly CatalogueModel[] | undefined = [];

  function merge(): readonly CatalogueModel[] {
    const entries = new Map<string, CatalogueModel>();
    for (const { endpoint, models, at } of listed.values()) {
      for (const model of models) {
        const key = model.name.toLowerCase();
        const entry = entries.get(key) ?? makeCatalogueModel({ id: model.name, ...seen.get(key) });
        const state = model.state ?? (model.sizeBytes === undefined ? "unknown" : "available");
        entries.set(key, {
          ...entry,
          aliases: [...new Set([...entry.aliases, model.name])],
          diskBytes: entry.diskBytes + (model.sizeBytes ?? 0),
          sources: [...entry.sources, { endpoint, model, state }],
          lastSeenAt: Math.max(entry.lastSeenAt, at),
        });
      }
    }
    return [...entries.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  return {
    replaceModels(endpoint, models): void {
      const at = wallTime();
      listed.set(endpoint.slot, { endpoint, models, at });
      for (const { name } of models) {
        const key = name.toLowerCase();
        if (!seen.has(key)) seen.set(key, { slot: seen.size, firstSeenAt: at });
      }
      catalogue = undefined;
    },
    removeEndpoint(endpoint): void {
      listed.delete(endpoint.slot);
      catalogue = undefined;
    },
    modelsOf(endpoint): { models: readonly Model[]; at: number } | undefined {
      const known = listed.get(endpoint.slot);
      return known === undefined ? undefined : { models: known.models, at: known.at };
    },
    catalogue(): readonly CatalogueModel[] {
      catalogue ??= merge();
      return catalogue;
    },
    modelSlot: (name) => seen.get(name.toLowerCase())?.slot ?? 0,
  };
}
