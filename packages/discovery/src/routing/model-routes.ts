import type { Endpoint, ModelRoute } from "@olla-ts/core";

import type { SlottedModelRegistry } from "../registry/model-registry.ts";

const DEFAULT_TAG = ":latest";

/** Slot → name to send: nothing to change. Shared, for there is one per model. */
const AS_ASKED: ReadonlyMap<number, string> = new Map();

/** Routes of all models, and how each endpoint spells them. */
export interface ModelRoutes {
  /** Lower-cased name → route. */
  readonly routes: ReadonlyMap<string, ModelRoute>;
  /** The name under which an endpoint lists the model of a route. */
  spelling(key: string, endpoint: Endpoint): string | undefined;
}

interface Holders {
  readonly name: string;
  readonly endpoints: Endpoint[];
  /** Slot → spelling, where it is not `name`. */
  spellings: Map<number, string> | undefined;
  /** The first digest reported. */
  digest: string | undefined;
}

interface Collected {
  readonly holders: ReadonlyMap<string, Holders>;
  /** Whether some name stands for several models. */
  readonly ambiguous: boolean;
}

/**
 * Finds out which endpoints answer to which name. Names are compared without
 * case, and each leads only to endpoints that list it: a model known under two
 * names is reached by each where it has that name.
 *
 * Where no model has the bare name, `pine` leads to `pine:latest`; where several
 * models share a name, the catalogue's distinguishing ids lead to one of them.
 */
export function toModelRoutes(
  endpoints: readonly Endpoint[],
  registry: Pick<SlottedModelRegistry, "modelsOf" | "modelSlot" | "catalogue">,
): ModelRoutes {
  const { holders, ambiguous } = collectHolders(endpoints, registry);
  const routes = new Map<string, ModelRoute>();
  for (const [key, { name, endpoints: listing }] of holders) {
    const slot = registry.modelSlot(key);
    routes.set(key, { slot, name, endpoints: listing, upstreamNames: AS_ASKED });
  }

  function spelling(key: string, { slot }: Endpoint): string | undefined {
    const upstreamName = routes.get(key)?.upstreamNames.get(slot);
    if (upstreamName !== undefined) return upstreamName;
    const held = holders.get(key);
    return held?.spellings?.get(slot) ?? held?.name;
  }

  addDefaultTags(routes, spelling);
  // Merging the catalogue costs more than all the rest; without such names its ids are the names.
  if (ambiguous) addCatalogueIds(routes, endpoints, registry);
  return { routes, spelling };
}

function collectHolders(
  endpoints: readonly Endpoint[],
  registry: Pick<SlottedModelRegistry, "modelsOf">,
): Collected {
  const holders = new Map<string, Holders>();
  let ambiguous = false;
  for (const endpoint of endpoints) {
    for (const { name, digest } of registry.modelsOf(endpoint)?.models ?? []) {
      const key = name.toLowerCase();
      const held = holders.get(key);
      if (held === undefined) {
        holders.set(key, { name, endpoints: [endpoint], spellings: undefined, digest });
        continue;
      }
      held.digest ??= digest;
      if (digest !== undefined && digest !== held.digest) ambiguous = true;
      // Endpoints come one after the other, so a second spelling on the same one is the last added.
      if (held.endpoints.at(-1) === endpoint) continue;
      held.endpoints.push(endpoint);
      if (name === held.name) continue;
      held.spellings ??= new Map();
      held.spellings.set(endpoint.slot, name);
    }
  }
  return { holders, ambiguous };
}

function addDefaultTags(
  routes: Map<string, ModelRoute>,
  spelling: (key: string, endpoint: Endpoint) => string | undefined,
): void {
  for (const [key, route] of routes) {
    if (!key.endsWith(DEFAULT_TAG)) continue;
    const bareKey = key.slice(0, -DEFAULT_TAG.length);
    if (bareKey === "" || routes.has(bareKey)) continue;
    const upstreamNames = new Map(
      route.endpoints.map((endpoint) => [endpoint.slot, spelling(key, endpoint) ?? route.name]),
    );
    routes.set(bareKey, { ...route, upstreamNames });
  }
}

function addCatalogueIds(
  routes: Map<string, ModelRoute>,
  endpoints: readonly Endpoint[],
  registry: Pick<SlottedModelRegistry, "catalogue">,
): void {
  for (const { id, slot, sources } of registry.catalogue()) {
    const key = id.toLowerCase();
    if (routes.has(key)) continue;
    const upstreamNames = new Map(
      sources.map(({ endpoint, model }) => [endpoint.slot, model.name]),
    );
    const holding = endpoints.filter((endpoint) => upstreamNames.has(endpoint.slot));
    if (holding.length > 0) routes.set(key, { slot, name: id, endpoints: holding, upstreamNames });
  }
}
