import type { Endpoint, Intent } from "@olla-ts/core";
import type { LoadBalancer, SelectionContext } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";

/**
 * Fourth step, once per attempt: which of the candidates not yet tried. Keeps
 * how sticky routing found it.
 */
export function select(
  exchange: Exchange,
  balancer: LoadBalancer,
  remaining: readonly Endpoint[],
): Endpoint {
  const selection = balancer.selectEndpoint(remaining, selectionContext(exchange.intent));
  exchange.sticky = selection.sticky;
  return selection.endpoint;
}

/** What a balancer may know of the request. */
export function selectionContext(intent: Intent | undefined): SelectionContext {
  return { model: intent?.model?.toLowerCase() ?? "", affinity: intent?.affinity };
}
