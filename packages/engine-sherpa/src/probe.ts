import type { Endpoint, HeaderList } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import { AbortNotice } from "./abort-notice.ts";
import type { EndpointConnections } from "./endpoint-connections.ts";

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
  try {
    const { origin, pathname, search } = new URL(endpoint.healthUrl);
    const { statusCode, body } = await connections.to(endpoint, origin).request(
      {
        method: "GET",
        path: pathname + search,
        headers: [...headers],
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      notice,
    );
    await notice.orAbort(body.dump());
    return statusCode >= 200 && statusCode < 300;
  } catch {
    // A probe that fails in any way is the answer to the question, not an error.
    return false;
  }
}
