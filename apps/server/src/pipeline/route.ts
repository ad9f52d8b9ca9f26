import {
  decideRoute,
  type EndpointConditions,
  type Intent,
  type Operation,
  type RoutedDecision,
  type RoutingDecision,
  type RoutingTable,
} from "@olla-ts/core";

import type { ChangingConditions, DecisionMemo } from "./decision-memo.ts";
import type { Exchange } from "./exchange.ts";

export interface RouteOptions {
  readonly conditions: ChangingConditions;
  readonly decisions: DecisionMemo;
  /** Asks the endpoints for their models again; resolves to the table in force then. */
  readonly rediscover: (timeoutMs: number) => Promise<RoutingTable>;
}

/** Operations of Ollama's own API; clients reach them below the prefix of that one kind of backend. */
const OLLAMA_OPERATIONS: ReadonlySet<Operation> = new Set([
  "ollama_chat",
  "ollama_generate",
  "ollama_embed",
  "ollama_embeddings",
]);

/**
 * The decision within the route's scope. A client of the Ollama API that asks for
 * a model which no Ollama has gets any endpoint that has it.
 *
 * @param explain whether every endpoint left out is told, whatever that costs
 */
export function decide(
  intent: Intent,
  table: RoutingTable,
  conditions: EndpointConditions,
  explain = false,
): RoutingDecision {
  const decision = decideRoute(intent, table, conditions, explain);
  const { operation, scope } = intent;
  if (decision.action !== "rejected" || scope === undefined || operation === undefined)
    return decision;
  if (!OLLAMA_OPERATIONS.has(operation)) return decision;
  const wider = decideRoute({ ...intent, scope: undefined }, table, conditions, explain);
  return wider.action === "rejected" ? decision : wider;
}

/**
 * Third step: where the request may go. The decision explains itself.
 *
 * @throws ProxyError the rejection
 */
export async function route(
  exchange: Exchange,
  intent: Intent,
  { decisions, rediscover }: RouteOptions,
): Promise<RoutedDecision> {
  const { table } = exchange;
  let decision = decisions.decide(intent, table);
  if (
    decision.action === "rejected" &&
    table.strategy.refreshOnMiss &&
    intent.model !== undefined
  ) {
    const fresh = await rediscover(table.strategy.refreshTimeoutMs);
    decision = decisions.decide(intent, fresh);
  }
  exchange.decision = decision;
  if (decision.action === "rejected") throw decision.error;
  return decision;
}
