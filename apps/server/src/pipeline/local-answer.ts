import type { Endpoint, RoutedDecision, RoutingTable } from "@olla-ts/core";

import type { Exchange } from "./exchange.ts";

/** An answer that needs no backend. */
export interface LocalAnswer {
  readonly body: string;
  readonly fields: readonly string[];
}

/**
 * What the gateway answers by itself although the request was routed: a count of
 * tokens that no candidate can make, and Ollama's requests to load a model where
 * there is nothing to load.
 */
export function localAnswer(
  { intent, translation, table }: Exchange,
  { candidates }: RoutedDecision,
): LocalAnswer | undefined {
  if (translation === undefined || intent?.operation === undefined) return undefined;
  const { operation } = intent;
  if (candidates.some((endpoint) => offers(table, endpoint, operation))) return undefined;
  if (operation === "count_tokens") {
    const body = JSON.stringify({ input_tokens: translation.estimatedInputTokens });
    return { body, fields: ["X-Olla-Token-Source", "estimate"] };
  }
  return translation.immediateAnswer === undefined
    ? undefined
    : { body: translation.immediateAnswer, fields: [] };
}

/** The decision with those candidates alone that can count tokens, when some can. */
export function countingCandidates(
  { intent, table }: Exchange,
  decision: RoutedDecision,
): RoutedDecision {
  if (intent?.operation !== "count_tokens") return decision;
  const candidates = decision.candidates.filter((endpoint) =>
    offers(table, endpoint, "count_tokens"),
  );
  return candidates.length === 0 ? decision : { ...decision, candidates };
}

function offers(
  table: RoutingTable,
  { type }: Endpoint,
  operation: NonNullable<NonNullable<Exchange["intent"]>["operation"]>,
): boolean {
  return table.profiles.get(type)?.operations[operation] !== undefined;
}
