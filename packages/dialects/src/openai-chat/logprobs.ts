import type { JsonValue } from "../conversation.ts";
import { isArray, isJsonObject } from "../json/json-value.ts";

/** The entries of token probabilities as an answer holds them, `{"content":[…]}`; empty for none. */
export function logprobEntries(logprobs: unknown): readonly JsonValue[] {
  if (!isJsonObject(logprobs)) return [];
  const { content } = logprobs;
  return isArray(content) ? content : [];
}
