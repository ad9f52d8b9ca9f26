import { ProxyError } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

/** The failure of a backend that answers 200 and then reports an error in its stream. */
export function errorInsideAnswer({ endpoint }: Pick<ProxyResponse, "endpoint">): ProxyError {
  return new ProxyError("upstream_error", "The backend reported an error inside its answer.", {
    endpoint: endpoint.name,
  });
}
