import { isRoutableStatus, type Endpoint, type HealthStatus } from "@olla-ts/core";

import type { RouteFilter } from "./explanation.ts";

/** What is known of an endpoint that was left out. */
export interface Removed {
  readonly filter: RouteFilter;
  readonly status: HealthStatus;
  /** Key of the endpoint itself, `discovery.static.endpoints[2]`. */
  readonly endpointKey: string;
  /** Alias that was asked for, when it is one. */
  readonly alias: string | undefined;
  /** Whether the endpoint's own filter refuses the model. */
  readonly isFiltered: boolean;
}

/** What the configuration says of an endpoint, as far as it explains a removal. */
export interface EndpointSettings {
  /** `discovery.static.endpoints[2]`; the list itself when no file names the endpoint. */
  readonly keyOf: (endpoint: Endpoint) => string;
  /** Whether the endpoint's model filter leaves a model out. */
  readonly isFiltered: (endpoint: Endpoint, model: string) => boolean;
}

/** The key of the configuration to look at when an endpoint should not have been left out. */
export function responsibleKey(removed: Removed): string {
  const { filter, endpointKey, alias, isFiltered, status } = removed;
  switch (filter) {
    case "provider_scope":
    case "path_unsupported":
    case "cannot_count_tokens":
    case "needs_translation":
      return `${endpointKey}.type`;
    case "model_not_listed":
      if (!isRoutableStatus(status)) return keyOfStatus(status, endpointKey);
      if (alias !== undefined) return `model_aliases.${alias}`;
      return isFiltered ? `${endpointKey}.model_filter` : "model_registry.routing_strategy.type";
    case "not_routable":
      return keyOfStatus(status, endpointKey);
    case "breaker_open":
      return "proxy.engine";
    case "draining":
      return "admin.enabled";
  }
}

function keyOfStatus(status: HealthStatus, endpointKey: string): string {
  if (status === "config_error") return `${endpointKey}.auth`;
  if (status === "offline") return `${endpointKey}.url`;
  if (status === "unknown") return "discovery.health_check.initial_delay";
  if (status === "rate_limited") return `${endpointKey}.check_interval`;
  return `${endpointKey}.health_check_url`;
}
