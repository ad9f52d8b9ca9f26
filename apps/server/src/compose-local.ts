import type { RandomSource } from "@olla-ts/core/ports";

import { createAccessPolicy, type Dashboard } from "./compose-dashboard.ts";
import type { LocalParts, LocalRoutes } from "./compose-data-plane.ts";
import { createServices, type ServiceParts } from "./compose-services.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { isDashboardTarget } from "./dashboard/handle-dashboard.ts";
import { targetOf } from "./http/head-fault.ts";
import { createLocalApp } from "./http/local-app.ts";
import { createLocalListener } from "./http/local-listener.ts";
import type { Services } from "./http/services.ts";

export interface MainRoutesParts extends LocalParts, Pick<ServiceParts, "foundation" | "control"> {
  readonly random: RandomSource;
  /** Undefined when there is none. */
  readonly dashboard: () => Dashboard | undefined;
}

/** Everything that the gateway answers by itself, and what it is read from. */
export interface MainRoutes extends LocalRoutes {
  readonly services: Services;
}

export function createMainRoutes(
  setup: GatewaySetup & { readonly simulated: boolean },
  { foundation, control, dashboard, random, ...parts }: MainRoutesParts,
): MainRoutes {
  const { config } = setup;
  const { stickyStore, limits, cors, requestId } = parts;
  const services = createServices(setup, { foundation, control, stickyStore });
  const healthLimit = { limiter: limits.healthLimiter, clientAddress: limits.clientAddress };
  const gate = config.dashboard.gate_internal_api ? createAccessPolicy(config) : undefined;
  const documents = createLocalListener(
    createLocalApp({ services, requestId, cors, gate, healthLimit }),
    random,
  );
  return {
    services,
    listener(request, response) {
      const page = isDashboardTarget(targetOf(request)) ? dashboard() : undefined;
      if (page === undefined) documents(request, response);
      else page.handle(request, response);
    },
  };
}
