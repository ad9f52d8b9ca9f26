import { toProxyError, type HeaderList } from "@olla-ts/core";

import { admit, type AdmitOptions } from "./admit.ts";
import type { Exchange } from "./exchange.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { identify, type IdentifyOptions } from "./identify.ts";
import { record, type RecordOptions } from "./record.ts";
import { refuse } from "./refuse.ts";
import { relay } from "./relay.ts";
import { route, type RouteOptions } from "./route.ts";

export interface PipelineOptions
  extends AdmitOptions, IdentifyOptions, RouteOptions, ForwardOptions, RecordOptions {
  /** Rate-limit fields that every answer of a proxy route carries. */
  readonly rateFields: (exchange: Exchange) => HeaderList;
}

/**
 * The path of one request, top to bottom: admit, identify, route, (select,)
 * forward, relay, record. Never rejects.
 */
export async function handleProxyRequest(
  exchange: Exchange,
  options: PipelineOptions,
): Promise<void> {
  exchange.response.on("close", () => {
    if (!exchange.response.writableFinished) exchange.cancellation.abort();
  });
  try {
    admit(exchange, options);
    const intent = await identify(exchange, options);
    const decision = await route(exchange, intent, options);
    const upstream = await forward(exchange, decision, options);
    await relay(exchange, decision, upstream, {
      version: options.version,
      rateFields: options.rateFields,
      now: () => options.clock.now(),
    });
  } catch (thrown) {
    refuse(exchange, toProxyError(thrown), options.rateFields(exchange));
  }
  record(exchange, options);
}
