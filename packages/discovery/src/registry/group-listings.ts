import type { CatalogueSource } from "@olla-ts/core/ports";

/** One endpoint's listing of a model, with what it is compared by: made once, compared often. */
export interface Listing {
  readonly source: CatalogueSource;
  /** Lower-cased name. */
  readonly key: string;
  /** Without algorithm; undefined when the endpoint reports none. */
  readonly digest: string | undefined;
}

/** Prepares what an endpoint reports for comparison. */
export function toListing(source: CatalogueSource): Listing {
  const { name, digest } = source.model;
  return { source, key: name.toLowerCase(), digest: bareDigest(digest) };
}

/** Listings that are one model. */
export interface ListingGroup {
  /** Never empty, in the order given. */
  readonly sources: CatalogueSource[];
  /** Spellings, the first reported one first. */
  readonly names: Set<string>;
  /** Without algorithm; undefined when nobody reports one. */
  readonly digest: string | undefined;
}

/**
 * Brings together what is the same model: equal digests under any names, and
 * equal names, ignoring case, unless their digests differ.
 *
 * Takes the listings with a digest first, so that the result does not depend on
 * which endpoint answered first.
 *
 * @param listings in the order that decides whose name comes first
 */
export function groupListings(listings: readonly Listing[]): readonly ListingGroup[] {
  const byDigest = new Map<string, ListingGroup>();
  const byName = new Map<string, ListingGroup>();
  for (const { key, digest } of listings) {
    if (digest === undefined) continue;
    let group = byDigest.get(digest);
    if (group === undefined) byDigest.set(digest, (group = newGroup(digest)));
    if (!byName.has(key)) byName.set(key, group);
  }

  const order = new Set<ListingGroup>();
  for (const { source, key, digest } of listings) {
    let group = digest === undefined ? byName.get(key) : byDigest.get(digest);
    if (group === undefined) byName.set(key, (group = newGroup(digest)));
    group.sources.push(source);
    group.names.add(source.model.name);
    order.add(group);
  }
  return [...order];
}

/** Keeps every spelling apart. */
export function groupBySpelling(listings: readonly Listing[]): readonly ListingGroup[] {
  const byName = new Map<string, ListingGroup>();
  for (const { source, digest } of listings) {
    const { name } = source.model;
    let group = byName.get(name);
    if (group === undefined) byName.set(name, (group = newGroup(digest)));
    group.sources.push(source);
    group.names.add(name);
  }
  return [...byName.values()];
}

function newGroup(digest: string | undefined): ListingGroup {
  return { sources: [], names: new Set(), digest };
}

/** `sha256:9f1c…` and `9F1C…` are one digest. */
function bareDigest(digest: string | undefined): string | undefined {
  if (digest === undefined || digest === "") return undefined;
  return digest.slice(digest.indexOf(":") + 1).toLowerCase();
}
