import { isRoutableStatus } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";

import type { Services } from "../http/services.ts";

/** Models that some endpoint could serve now, with those endpoints alone as their sources. */
export function visibleModels({
  registry,
  states,
}: Pick<Services, "registry" | "states">): readonly CatalogueModel[] {
  return registry.catalogue().flatMap((model) => {
    const sources = model.sources.filter(({ endpoint }) =>
      isRoutableStatus(states.status(endpoint.slot)),
    );
    if (sources.length === 0) return [];
    return [sources.length === model.sources.length ? model : { ...model, sources }];
  });
}
