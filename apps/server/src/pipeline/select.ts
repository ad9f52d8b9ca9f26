import type { Endpoint } from "@olla-ts/core";
import type { LoadBalancer } from "@olla-ts/core/ports";

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
  const { intent } = exchange;
  const selection = balancer.selectEndpoint(remaining, {
    model: intent?.model?.toLowerCase() ?? "",
    affinity: intent?.affinity,
  });
  exchange.sticky = selection.sticky;
  return selection.endpoint;
}
