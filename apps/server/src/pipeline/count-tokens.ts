import { toProxyError, type RoutedDecision } from "@olla-ts/core";
import type { ProxyResponse } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import type { Translation } from "./translation.ts";

/** An answer that needs no backend. */
export interface LocalAnswer {
  readonly body: string;
  readonly fields: readonly string[];
}

/** The backend has no such path, or no time. */
const CANNOT_COUNT: ReadonlySet<number> = new Set([404, 405, 429]);

/** The decision with those candidates alone that can count tokens, when some can. */
export function countingCandidates(
  { intent, table }: Pick<Exchange, "intent" | "table">,
  decision: RoutedDecision,
): RoutedDecision {
  if (intent?.operation !== "count_tokens") return decision;
  const candidates = decision.candidates.filter(
    ({ type }) => table.profiles.get(type)?.operations.count_tokens !== undefined,
  );
  return candidates.length === 0 ? decision : { ...decision, candidates };
}

/**
 * Asks an endpoint to count tokens. Undefined when it cannot after all, or fails.
 *
 * @throws ProxyError when nobody was asked, or the client left
 */
export async function askForCount(
  exchange: Exchange,
  decision: RoutedDecision,
  options: ForwardOptions,
): Promise<ProxyResponse | undefined> {
  try {
    const upstream = await forward(exchange, decision, options);
    if (upstream.status < 500 && !CANNOT_COUNT.has(upstream.status)) return upstream;
    upstream.body.cancel();
  } catch (thrown) {
    const error = toProxyError(thrown);
    if (error.failure.origin !== "upstream") throw error;
  }
  exchange.upstream = undefined;
  return undefined;
}

/**
 * A count without a tokenizer.
 *
 * @throws ProxyError `invalid_request` when the request holds what only a backend knows
 */
export function estimateCount({ estimatedInputTokens }: Translation): LocalAnswer {
  const body = JSON.stringify({ input_tokens: estimatedInputTokens });
  return { body, fields: ["X-Olla-Token-Source", "estimate"] };
}
