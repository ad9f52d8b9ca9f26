import type {
  Endpoint,
  HeaderList,
  ProviderProfile,
  RoutingStrategy,
  RoutingTable,
} from "@olla-ts/core";

import type { SlottedModelRegistry } from "../registry/model-registry.ts";
import { type AliasDefinitions, toAliasRoutes } from "./alias-routes.ts";
import { toModelRoutes } from "./model-routes.ts";
import { toPathOperations, toPathTypes, withAnthropicOperations } from "./operation-paths.ts";
import { toProviderScopes } from "./provider-scopes.ts";

/** Everything a routing table is made of. */
export interface RoutingTableInput {
  readonly version: number;
  /** In configuration order. */
  readonly endpoints: readonly Endpoint[];
  /** What the endpoints list. Endpoints it knows beyond `endpoints` do not count. */
  readonly registry: Pick<SlottedModelRegistry, "modelsOf" | "modelSlot" | "catalogue">;
  readonly aliases: AliasDefinitions;
  /** Canonical type → profile. */
  readonly profiles: ReadonlyMap<string, ProviderProfile>;
  /** Endpoint slot → fields set on every request sent there, credentials included. */
  readonly upstreamHeaders: ReadonlyMap<number, HeaderList>;
  /** Endpoint slot → query parameters set on every request sent there. Default none. */
  readonly upstreamQueries?: ReadonlyMap<number, string>;
  readonly strategy: RoutingStrategy;
  /** False when model discovery is off. */
  readonly catalogued: boolean;
  /** Whether requests are translated for backends of another dialect. Default false. */
  readonly translates?: boolean;
}

/** Makes the table that requests are routed by. Pure; the result can be sent to another thread. */
export function buildRoutingTable(input: RoutingTableInput): RoutingTable {
  const { endpoints, registry } = input;
  const profiles = new Map(
    [...input.profiles].map(([type, profile]) => [type, withAnthropicOperations(profile)]),
  );
  const models = toModelRoutes(endpoints, registry);
  return {
    version: input.version,
    endpoints,
    models: models.routes,
    aliases: toAliasRoutes(input.aliases, endpoints, models),
    profiles,
    scopes: toProviderScopes(profiles.values()),
    pathTypes: toPathTypes(profiles.values(), input.translates),
    pathOperations: toPathOperations(profiles.values()),
    upstreamHeaders: input.upstreamHeaders,
    upstreamQueries: input.upstreamQueries ?? new Map(),
    strategy: input.strategy,
    catalogued: input.catalogued,
  };
}
