import type { RandomSource } from "@olla-ts/core/ports";

import type { LocalListener, LocalParts } from "./compose-data-plane.ts";
import { createServices, type ServiceParts } from "./compose-services.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { createLocalApp } from "./http/local-app.ts";
import { createLocalListener } from "./http/local-listener.ts";

export interface LocalRoutesParts extends LocalParts, Pick<ServiceParts, "foundation" | "control"> {
  readonly random: RandomSource;
}

/** Everything that the gateway answers by itself. */
export function createLocalRoutes(
  setup: GatewaySetup & { readonly simulated: boolean },
  { foundation, control, stickyStore, limits, cors, requestId, random }: LocalRoutesParts,
): LocalListener {
  const services = createServices(setup, { foundation, control, stickyStore });
  const healthLimit = { limiter: limits.healthLimiter, clientAddress: limits.clientAddress };
  return createLocalListener(createLocalApp({ services, requestId, cors, healthLimit }), random);
}
