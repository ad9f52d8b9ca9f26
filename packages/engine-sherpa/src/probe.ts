import type { Endpoint, HeaderList } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import { AbortNotice } from "./abort-notice.ts";
import type { EndpointConnections, RequestParts } from "./endpoint-connections.ts";

/** Whether the endpoint answers `GET` on its health URL with 2xx within its check timeout. */
export async function probe(
  endpoint: Endpoint,
  headers: HeaderList,
  { clock, connections }: { readonly clock: Clock; readonly connections: EndpointConnections },
): Promise<boolean> {
  const notice = new AbortNotice();
  using _limit = clock.schedule(() => {
    notice.abort(new Error("check timeout"));
  }, endpoint.checkTimeoutMs);
  let healthy = false;
  try {
    const { origin, pathname, search } = new URL(endpoint.healthUrl);
    const path = pathname + search;
    const limits = { headersTimeout: 0, bodyTimeout: 0 };
    const options: RequestParts = { method: "GET", path, headers: [...headers], ...limits };
    const { statusCode, body } = await connections.to(endpoint, origin).request(options, notice);
    healthy = statusCode >= 200 && statusCode < 300;
    // Read so that the connection can be kept; a body too large for that costs it.
    await notice.orAbort(body.dump());
  } catch {
    // Without a status that is the answer to the question, with one the body is no matter.
  }
  return healthy;
}
