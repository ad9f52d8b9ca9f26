import {
  decideRoute,
  type EndpointConditions,
  type Intent,
  type RoutedDecision,
  type RoutingTable,
} from "@olla-ts/core";

import type { Exchange } from "./exchange.ts";

export interface RouteOptions {
  readonly conditions: EndpointConditions;
  /** Asks the endpoints for their models again; resolves to the table in force then. */
  readonly rediscover: (timeoutMs: number) => Promise<RoutingTable>;
}

/**
 * Third step: where the request may go. The decision explains itself.
 *
 * @throws ProxyError the rejection
 */
export async function route(
  exchange: Exchange,
  intent: Intent,
  { conditions, rediscover }: RouteOptions,
): Promise<RoutedDecision> {
  const { table } = exchange;
  let decision = decideRoute(intent, table, conditions);
  if (
    decision.action === "rejected" &&
    table.strategy.refreshOnMiss &&
    intent.model !== undefined
  ) {
    const fresh = await rediscover(table.strategy.refreshTimeoutMs);
    decision = decideRoute(intent, fresh, conditions);
  }
  exchange.decision = decision;
  if (decision.action === "rejected") throw decision.error;
  return decision;
}
