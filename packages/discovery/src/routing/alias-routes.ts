import type { AliasRoute, Endpoint, ModelRoute } from "@olla-ts/core";

import type { ModelRoutes } from "./model-routes.ts";

/** Alias → real models, in order of preference. */
export type AliasDefinitions = Readonly<Record<string, readonly string[]>>;

/**
 * Resolves aliases to what each endpoint serves. An alias may name itself, which
 * means the real model of that name; it does not lead to other aliases. One that
 * no endpoint serves is left out, so that its name is treated as any other.
 */
export function toAliasRoutes(
  aliases: AliasDefinitions,
  endpoints: readonly Endpoint[],
  models: ModelRoutes,
): ReadonlyMap<string, AliasRoute> {
  const routes = new Map<string, AliasRoute>();
  for (const [name, targetNames] of Object.entries(aliases)) {
    const targets = toTargets(targetNames, models);
    if (targets.size === 0) continue;
    const serving = endpoints.filter(({ slot }) => targets.has(slot));
    routes.set(name.toLowerCase(), { name, endpoints: serving, targets });
  }
  return routes;
}

/** Endpoint slot → the first of the models which that endpoint lists. */
function toTargets(
  targetNames: readonly string[],
  models: ModelRoutes,
): ReadonlyMap<number, ModelRoute> {
  const targets = new Map<number, ModelRoute>();
  for (const targetName of targetNames) {
    const key = targetName.toLowerCase();
    const route = models.routes.get(key);
    if (route === undefined) continue;
    const target = withSpellings(key, route, models);
    for (const { slot } of route.endpoints) if (!targets.has(slot)) targets.set(slot, target);
  }
  return targets;
}

/**
 * The route with the name to send for each endpoint whose spelling is not the
 * route's own. The client spelled the alias, not the model, so nothing else
 * tells what the endpoint understands.
 */
function withSpellings(key: string, route: ModelRoute, models: ModelRoutes): ModelRoute {
  const upstreamNames = new Map<number, string>();
  for (const endpoint of route.endpoints) {
    const spelling = models.spelling(key, endpoint);
    if (spelling !== undefined && spelling !== route.name) {
      upstreamNames.set(endpoint.slot, spelling);
    }
  }
  return { ...route, upstreamNames };
}
