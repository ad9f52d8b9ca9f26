import type { Endpoint } from "@olla-ts/core";
import { compileModelFilter } from "@olla-ts/discovery";

import type { ControlPlane } from "./compose-control.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { explainRoute, type ExplainOptions } from "./pipeline/explain.ts";
import type { RouteExplanation, RouteQuestion } from "./pipeline/explanation.ts";

const ENDPOINTS = "discovery.static.endpoints";

/** What live requests are served with. */
type LiveOptions = Omit<ExplainOptions, "keyOf" | "isFiltered" | "problemOf">;

/** Makes the function that tells where a request would go under this configuration. */
export function createExplain(
  setup: GatewaySetup,
  { table, health }: Pick<ControlPlane, "table" | "health">,
  live: LiveOptions,
): (question: RouteQuestion) => RouteExplanation {
  const written = setup.config.discovery.static.endpoints?.length ?? 0;
  const options: ExplainOptions = {
    ...live,
    keyOf({ name }: Endpoint) {
      const index = setup.endpoints.findIndex((spec) => spec.name === name);
      return index !== -1 && index < written ? `${ENDPOINTS}[${index}]` : ENDPOINTS;
    },
    isFiltered: ({ modelFilter }, model) => !compileModelFilter(modelFilter)(model),
    problemOf: (endpoint) => health.getStatus(endpoint).lastError,
  };
  return (question) => explainRoute(question, table(), options);
}
