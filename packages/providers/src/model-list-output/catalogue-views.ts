import type { CatalogueModel, CatalogueSource } from "@olla-ts/core/ports";

/** One endpoint's listing, with the catalogue model it belongs to. */
export interface ListedModel {
  readonly source: CatalogueSource;
  readonly model: CatalogueModel;
}

/** Unix seconds at which the gateway first saw the model: the same on every call. */
export function createdAt({ firstSeenAt }: CatalogueModel): number {
  return Math.floor(firstSeenAt / 1_000);
}

/** RFC 3339 in whole seconds, for example `2026-05-01T09:00:00Z`. */
export function toTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The listing of the first endpoint of a type. */
export function sourceOfType(model: CatalogueModel, type: string): CatalogueSource | undefined {
  return model.sources.find(({ endpoint }) => endpoint.type === type);
}

/** Every name that endpoints of a type list, once each, sorted. */
export function listedBy(type: string, models: readonly CatalogueModel[]): readonly ListedModel[] {
  const byName = new Map<string, ListedModel>();
  for (const model of models) {
    for (const source of model.sources) {
      const { name } = source.model;
      if (source.endpoint.type === type && !byName.has(name)) byName.set(name, { source, model });
    }
  }
  return [...byName].toSorted(([a], [b]) => compare(a, b)).map(([, listed]) => listed);
}

/** Organisation in front of the `/` of a name, else the publisher, else the server itself. */
export function ownerOf(model: CatalogueModel, server: string): string {
  const slash = model.id.indexOf("/");
  if (slash > 0) return model.id.slice(0, slash);
  return model.publisher === "" ? server : model.publisher;
}

/** By code unit: the same order everywhere, whatever the locale. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
