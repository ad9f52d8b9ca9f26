import type { Endpoint } from "@olla-ts/core";
import type { Clock, ModelRegistry } from "@olla-ts/core/ports";

/** What tells stale lists from those that still hold. */
export interface StaleModelsOptions {
  readonly endpoints: readonly Endpoint[];
  readonly registry: Pick<ModelRegistry, "modelsOf" | "removeEndpoint">;
  /** Whether the endpoint answers and its last list came through. */
  readonly isCurrent: (endpoint: Endpoint) => boolean;
  readonly clock: Pick<Clock, "wallTime">;
  /** Age from which a list is stale, in milliseconds. */
  readonly staleMs: number;
}

/**
 * Forgets the models of endpoints that have listed nothing for too long. An
 * endpoint that works is left alone, however rarely it is asked.
 *
 * @returns the endpoints whose models are gone
 */
export function dropStaleModels({
  endpoints,
  registry,
  isCurrent,
  clock,
  staleMs,
}: StaleModelsOptions): readonly Endpoint[] {
  const now = clock.wallTime();
  const stale = endpoints.filter((endpoint) => {
    const listed = registry.modelsOf(endpoint);
    return listed !== undefined && now - listed.at >= staleMs && !isCurrent(endpoint);
  });
  for (const endpoint of stale) registry.removeEndpoint(endpoint);
  return stale;
}
