import { toProxyError, type HeaderList, type RoutedDecision } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

import { admit, type AdmitOptions } from "./admit.ts";
import type { Exchange } from "./exchange.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { identify, type IdentifyOptions } from "./identify.ts";
import { record, type RecordOptions } from "./record.ts";
import { refuse } from "./refuse.ts";
import { relayTranslated } from "./relay-translated.ts";
import { relay } from "./relay.ts";
import { translatedAnswerHeaders } from "./response-headers.ts";
import { route, type RouteOptions } from "./route.ts";

export interface PipelineOptions
  extends AdmitOptions, IdentifyOptions, RouteOptions, ForwardOptions, RecordOptions {
  /** Rate-limit fields that every answer of a proxy route carries. */
  readonly rateFields: (exchange: Exchange) => HeaderList;
  /** Longest silence inside a stream, in milliseconds; 0 keeps silent. */
  readonly keepAliveMs: number;
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
    await answer(exchange, decision, upstream, options);
  } catch (thrown) {
    refuse(exchange, toProxyError(thrown), options.rateFields(exchange));
  }
  record(exchange, options);
}

/** The answer as it came, or anew in the client's dialect, as the endpoint's plan says. */
function answer(
  exchange: Exchange,
  decision: RoutedDecision,
  upstream: ProxyResponse,
  options: PipelineOptions,
): Promise<void> {
  const { plan, translation } = exchange;
  const { version, clock, keepAliveMs, rateFields } = options;
  if (plan?.mode === "translated" && plan.operation !== undefined && translation !== undefined) {
    const fields = translatedAnswerHeaders(
      exchange,
      decision,
      version,
      options.rateFields(exchange),
    );
    return relayTranslated(exchange, translation, upstream, plan.operation, {
      fields,
      clock,
      keepAliveMs,
    });
  }
  return relay(exchange, decision, upstream, { version, rateFields, clock, keepAliveMs });
}
