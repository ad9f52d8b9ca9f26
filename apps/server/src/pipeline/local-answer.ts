import type { RoutedDecision } from "@olla-ts/core";

import { estimateCount, type LocalAnswer } from "./count-tokens.ts";
import type { Exchange } from "./exchange.ts";

/**
 * What the gateway answers by itself although the request was routed: a count of
 * tokens that no candidate can make, and Ollama's requests to load a model where
 * there is nothing to load.
 */
export function localAnswer(
  { intent, translation, table }: Pick<Exchange, "intent" | "translation" | "table">,
  { candidates }: RoutedDecision,
): LocalAnswer | undefined {
  if (translation === undefined || intent?.operation === undefined) return undefined;
  const { operation } = intent;
  const isOffered = candidates.some(
    ({ type }) => table.profiles.get(type)?.operations[operation] !== undefined,
  );
  if (isOffered) return undefined;
  if (operation === "count_tokens") return estimateCount(translation);
  return translation.immediateAnswer === undefined
    ? undefined
    : { body: translation.immediateAnswer, fields: [] };
}
