import { CancellationSource, type Endpoint, type HeaderList } from "@olla-ts/core";

import type { EndpointPool } from "./endpoint-pool.ts";
import { createEngineCounters } from "./engine-counters.ts";
import type { ExchangeContext } from "./exchange-context.ts";
import { Exchange } from "./exchange.ts";

/** A health answer is read to its end, so that its connection can be used again, up to this size. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** What a probe is sent with. */
export interface HealthProbe {
  readonly endpoint: Endpoint;
  readonly headers: HeaderList;
  /** Of the origin of the endpoint's health URL. */
  readonly pool: EndpointPool;
}

/**
 * Sends `GET` to an endpoint's health URL. Leaves load, breaker and counters
 * alone, and does not queue: a probe has to see the backend, not the gateway.
 *
 * @returns whether the answer was 2xx, within the endpoint's check timeout
 */
export async function sendProbe(
  context: ExchangeContext,
  { endpoint, headers, pool }: HealthProbe,
): Promise<boolean> {
  const { pathname, search } = new URL(endpoint.healthUrl);
  const limitMs = endpoint.checkTimeoutMs;
  const exchange = new Exchange(
    {
      ...context,
      counters: createEngineCounters(),
      observer: undefined,
      timeouts: { ...context.timeouts, responseHeaderMs: limitMs, totalMs: limitMs },
    },
    {
      endpoint,
      pool,
      upstream: { method: "GET", path: pathname + search, headers, body: undefined },
      cancellation: new CancellationSource(),
      admission: undefined,
      repeatable: true,
      isProbe: true,
    },
  );
  if ((await exchange.send()) !== undefined) return false;
  discard(exchange);
  return exchange.status >= 200 && exchange.status < 300;
}

function discard({ body }: Exchange): void {
  let left = BODY_LIMIT_BYTES;
  body.pipeTo({
    write(chunk) {
      left -= chunk.byteLength;
      if (left < 0) body.cancel();
      return true;
    },
    end() {
      // read, as wanted
    },
    fail() {
      // the answer's head has decided
    },
  });
}
