import { isRoutableStatus } from "@olla-ts/core";
import type { LiveModel } from "@olla-ts/core/ports";

import type { Services } from "../../http/services.ts";
import type { RequestWatch } from "../request-watch.ts";

/** Every model of the catalogue: where it is and what it serves. */
export function modelsReport(
  { registry, states, stats }: Services,
  watch: RequestWatch,
): readonly LiveModel[] {
  return registry.catalogue().map((model) => {
    const traffic = stats.model(model);
    return {
      name: model.id,
      aliases: model.aliases.filter((alias) => alias !== model.id),
      family: model.family,
      parameterSize: model.parameterSize,
      quantization: model.quantization,
      contextLength: model.maxContextLength,
      diskBytes: model.diskBytes,
      capabilities: model.capabilities,
      endpoints: model.sources.map(({ endpoint, state }) => ({
        name: endpoint.name,
        state,
        routable: isRoutableStatus(states.status(endpoint.slot)),
      })),
      requests: traffic.requests,
      failed: traffic.failed,
      outputTokens: traffic.outputTokens,
      p50Ms: traffic.latency.p50Ms,
      p95Ms: traffic.latency.p95Ms,
      lastUsedAt: traffic.lastUsedAt,
      recent: watch.model(model.id),
    };
  });
}
