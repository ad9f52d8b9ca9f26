import type { RandomSource } from "@olla-ts/core/ports";

import { readEndpoint } from "./admin/read-endpoint.ts";
import { createAccessPolicy, type Dashboard } from "./compose-dashboard.ts";
import type { LocalParts, LocalRoutes } from "./compose-data-plane.ts";
import { createExplain } from "./compose-explain.ts";
import { createServices, type ServiceParts } from "./compose-services.ts";
import { knownTypes, type ServedSetup } from "./compose-setup.ts";
import { isDashboardTarget } from "./dashboard/handle-dashboard.ts";
import { targetOf } from "./http/head-fault.ts";
import { createLocalApp } from "./http/local-app.ts";
import { createLocalListener } from "./http/local-listener.ts";
import type { Administration, Services } from "./http/services.ts";
import type { RouteExplanation, RouteQuestion } from "./pipeline/explanation.ts";

/** Endpoints that operators changed since the start. */
export type RuntimeEndpoints = Pick<Administration, "changes" | "alter">;

export interface MainRoutesParts extends LocalParts, Pick<ServiceParts, "foundation" | "control"> {
  readonly random: RandomSource;
  /** How endpoints change at run time, for those that may have it done. */
  readonly runtime: RuntimeEndpoints;
  /** Undefined when there is none. */
  readonly dashboard: () => Dashboard | undefined;
}

/** Everything that the gateway answers by itself, and what it is read from. */
export interface MainRoutes extends LocalRoutes {
  readonly services: Services;
  /** Where a request would go under this configuration. */
  readonly explain: (question: RouteQuestion) => RouteExplanation;
}

export function createMainRoutes(
  setup: ServedSetup,
  { foundation, control, dashboard, random, runtime, ...parts }: MainRoutesParts,
): MainRoutes {
  const { config, adminToken, profiles } = setup;
  const { pipeline, isLocal, stickyStore, limits, cors, requestId } = parts;
  const explain = createExplain(setup, control, { ...pipeline, isLocal });
  const services = createServices(setup, {
    foundation,
    control,
    stickyStore,
    explain: {
      route: explain,
      clientAddress: limits.clientAddress,
      maxBodyBytes: config.server.request_limits.max_body_size,
    },
    admin:
      adminToken === undefined
        ? undefined
        : {
            token: adminToken,
            changes: runtime.changes,
            alter: runtime.alter,
            readEndpoint: (body) => readEndpoint(body, knownTypes(profiles)),
          },
  });
  const healthLimit = { limiter: limits.healthLimiter, clientAddress: limits.clientAddress };
  const gate = config.dashboard.gate_internal_api ? createAccessPolicy(config) : undefined;
  const documents = createLocalListener(
    createLocalApp({ services, requestId, cors, gate, healthLimit }),
    random,
  );
  return {
    services,
    explain,
    listener(request, response) {
      const page = isDashboardTarget(targetOf(request)) ? dashboard() : undefined;
      if (page === undefined) documents(request, response);
      else page.handle(request, response);
    },
  };
}
