export type { EndpointIdentity, SlotAllocator } from "./endpoints/slot-allocator.ts";
export { createSlotAllocator } from "./endpoints/slot-allocator.ts";
export { createStaticSource } from "./endpoints/static-source.ts";
export type { ProviderTypes } from "./endpoints/to-endpoint.ts";
export { toEndpoint } from "./endpoints/to-endpoint.ts";
export type {
  DiscoveryReport,
  ModelDiscovery,
  ModelDiscoveryOptions,
} from "./models/model-discovery.ts";
export { createModelDiscovery } from "./models/model-discovery.ts";
export type { ModelNameTest } from "./models/model-filter.ts";
export { compileModelFilter } from "./models/model-filter.ts";
export type { ModelListClientOptions } from "./models/model-list-client.ts";
export { createModelListClient } from "./models/model-list-client.ts";
export type { StaleModelsOptions } from "./registry/drop-stale-models.ts";
export { dropStaleModels } from "./registry/drop-stale-models.ts";
export type {
  ModelRegistryOptions,
  RegistryOverflow,
  SlottedModelRegistry,
} from "./registry/model-registry.ts";
export { createModelRegistry } from "./registry/model-registry.ts";
export type { AliasDefinitions } from "./routing/alias-routes.ts";
export type { RoutingTableInput } from "./routing/build-routing-table.ts";
export { buildRoutingTable } from "./routing/build-routing-table.ts";
export { defaultUnificationRules } from "./unification/default-rules.ts";
export type {
  FamilyPattern,
  NameCapabilities,
  TextPattern,
  UnificationRules,
} from "./unification/unification-rules.ts";
