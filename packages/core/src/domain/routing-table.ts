import type { Endpoint } from "./endpoint.ts";
import type { HeaderList } from "./header-list.ts";
import type { Operation, ProviderProfile } from "./provider-profile.ts";

/** How a request for a model that no usable endpoint has is treated. */
export interface RoutingStrategy {
  readonly type: "strict" | "optimistic" | "discovery";
  readonly fallback: "compatible_only" | "none" | "all";
  /** `discovery` only: ask the endpoints again before giving up. */
  readonly refreshOnMiss: boolean;
  /** Longest wait for that, in milliseconds. */
  readonly refreshTimeoutMs: number;
}

/** A model and the endpoints that list it. */
export interface ModelRoute {
  /** Row of this model in the statistics. */
  readonly slot: number;
  /** Name shown to people: the spelling of the first endpoint that lists it. */
  readonly name: string;
  /** In configuration order, whatever their health. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Endpoint slot → the name to send there, where it differs from the one that
   * was asked for (for example `llama3` asked, `llama3:latest` listed).
   */
  readonly upstreamNames: ReadonlyMap<number, string>;
}

/** An alias: several real models behind one name. */
export interface AliasRoute {
  /** As configured. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** Endpoint slot → the first listed model which that endpoint serves. */
  readonly targets: ReadonlyMap<number, ModelRoute>;
}

/** Which endpoints a `/olla/<prefix>/` route may use. */
export interface ProviderScope {
  /** Canonical type named by the prefix. */
  readonly type: string;
  /** Types admitted, `auto` included. */
  readonly types: ReadonlySet<string>;
}

/**
 * Everything the data plane needs to route, as one immutable value.
 *
 * Built by the control plane, replaced as a whole, structured-cloneable. A
 * request uses the table it began with to its end. Finding the candidates of a
 * model is one map look-up, whatever the number of endpoints and models.
 */
export interface RoutingTable {
  /** Grows by one with every publication. */
  readonly version: number;
  /** In configuration order. */
  readonly endpoints: readonly Endpoint[];
  /** Lower-cased model name → route. */
  readonly models: ReadonlyMap<string, ModelRoute>;
  /** Lower-cased alias → route. */
  readonly aliases: ReadonlyMap<string, AliasRoute>;
  /** Canonical type → profile. */
  readonly profiles: ReadonlyMap<string, ProviderProfile>;
  /** URL prefix, lower case → scope. */
  readonly scopes: ReadonlyMap<string, ProviderScope>;
  /** Path as requests spell it → types that list it. */
  readonly pathTypes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Path as requests spell it → operation. */
  readonly pathOperations: ReadonlyMap<string, Operation>;
  /** Endpoint slot → fields set on every request sent there, credentials included. Never log or show. */
  readonly upstreamHeaders: ReadonlyMap<number, HeaderList>;
  /** Endpoint slot → query parameters set on every request sent there. Never log or show. */
  readonly upstreamQueries: ReadonlyMap<number, string>;
  readonly strategy: RoutingStrategy;
  /** False when model discovery is off: an unknown model then goes to any candidate. */
  readonly catalogued: boolean;
}
