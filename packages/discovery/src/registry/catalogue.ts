import type { CatalogueModel, CatalogueSource } from "@olla-ts/core/ports";

import type { UnificationRules } from "../unification/unification-rules.ts";
import {
  groupBySpelling,
  groupListings,
  type Listing,
  type ListingGroup,
} from "./group-listings.ts";
import type { KnownNames } from "./known-names.ts";
import { toCatalogueModel } from "./to-catalogue-model.ts";

/** What one endpoint lists, and when it did last (milliseconds since 1970). */
export interface EndpointListing {
  readonly listings: readonly Listing[];
  readonly at: number;
}

/** What the catalogue is made with. */
export interface CatalogueOptions {
  readonly names: KnownNames;
  /** Row of names that have none of their own. */
  readonly overflowSlot: number;
  readonly unify: boolean;
  readonly rules: UnificationRules;
}

/** The merged view of all listings, made again only when it is asked for after a change. */
export interface Catalogue {
  /** Some endpoint lists something else. */
  changed(): void;
  /** Some endpoint listed the same once more. */
  seenAgain(): void;
  /** @param endpoints by endpoint slot, whose order decides which spelling comes first */
  read(endpoints: ReadonlyMap<number, EndpointListing>): readonly CatalogueModel[];
}

/** An empty catalogue. */
export function createCatalogue({
  names,
  overflowSlot,
  unify,
  rules,
}: CatalogueOptions): Catalogue {
  let models: readonly CatalogueModel[] = [];
  let state: "current" | "times-stale" | "stale" = "current";

  function merge(endpoints: ReadonlyMap<number, EndpointListing>): readonly CatalogueModel[] {
    const inOrder = [...endpoints]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([, { listings }]) => listings);
    const groups = unify ? groupListings(inOrder) : groupBySpelling(inOrder);
    const taken = new Set<string>();
    return groups
      .map((group) => describe(group, endpoints, taken))
      .toSorted((a, b) => compareText(a.id, b.id));
  }

  function describe(
    group: ListingGroup,
    endpoints: ReadonlyMap<number, EndpointListing>,
    taken: Set<string>,
  ): CatalogueModel {
    const id = freeId(group, taken);
    const known = [...group.names].map((name) => names.get(name.toLowerCase()));
    const facts = {
      id,
      slot: known[0]?.slot ?? overflowSlot,
      firstSeenAt: Math.min(...known.map((name) => name?.firstSeenAt ?? Infinity)),
      lastSeenAt: lastSeenAt(group.sources, endpoints),
    };
    return toCatalogueModel(group, facts, rules);
  }

  /** The first name; where another model has it, the name and the end of the digest. */
  function freeId({ names: spellings, digest = "" }: ListingGroup, taken: Set<string>): string {
    const [name = ""] = spellings;
    const ids = [name, `${name}-${digest.slice(-8)}`, `${name}-${digest}`];
    const id = ids.find((candidate) => !taken.has(keyOf(candidate))) ?? name;
    taken.add(keyOf(id));
    return id;
  }

  function keyOf(id: string): string {
    return unify ? id.toLowerCase() : id;
  }

  return {
    changed(): void {
      state = "stale";
    },
    seenAgain(): void {
      if (state === "current") state = "times-stale";
    },
    read(endpoints): readonly CatalogueModel[] {
      if (state === "stale") models = merge(endpoints);
      else if (state === "times-stale") {
        models = models.map((model) => ({
          ...model,
          lastSeenAt: lastSeenAt(model.sources, endpoints),
        }));
      }
      state = "current";
      return models;
    },
  };
}

function lastSeenAt(
  sources: readonly CatalogueSource[],
  endpoints: ReadonlyMap<number, EndpointListing>,
): number {
  let last = 0;
  for (const { endpoint } of sources) last = Math.max(last, endpoints.get(endpoint.slot)?.at ?? 0);
  return last;
}

/** By code unit: the same on every machine, unlike a locale's order. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
