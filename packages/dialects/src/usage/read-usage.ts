import type { JsonObject, JsonValue } from "../conversation.ts";
import { isJsonObject, toCount, toNumber } from "../json/json-value.ts";
import type { ReplyTimings, Usage } from "../reply.ts";

/**
 * Reads the `usage` object of a Chat Completions, Responses, embeddings or
 * Anthropic Messages answer, whichever it is. Undefined when it states no tokens.
 *
 * Anthropic counts cached tokens beside `input_tokens`, the others inside.
 */
export function readUsage(stated: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(stated)) return undefined;
  const input = toCount(stated["prompt_tokens"]) ?? toCount(stated["input_tokens"]);
  const output = toCount(stated["completion_tokens"]) ?? toCount(stated["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = objectOf(stated["prompt_tokens_details"] ?? stated["input_tokens_details"]);
  const outputDetails = objectOf(
    stated["completion_tokens_details"] ?? stated["output_tokens_details"],
  );
  const cacheRead = toCount(stated["cache_read_input_tokens"]);
  return {
    inputTokens: (input ?? 0) + (isAnthropicUsage(stated) ? besideInput(stated) : 0),
    outputTokens: output ?? 0,
    cachedTokens:
      cacheRead ??
      toCount(inputDetails["cached_tokens"]) ??
      // DeepSeek's own name for it.
      toCount(stated["prompt_cache_hit_tokens"]) ??
      0,
    reasoningTokens:
      toCount(outputDetails["reasoning_tokens"]) ?? toCount(outputDetails["thinking_tokens"]) ?? 0,
  };
}

/** Whether a `usage` object is Anthropic's; its parts come in two events of a stream. */
export function isAnthropicUsage(stated: JsonObject): boolean {
  return !["prompt_tokens", "total_tokens", "input_tokens_details"].some((name) => name in stated);
}

function besideInput(stated: JsonObject): number {
  const read = toCount(stated["cache_read_input_tokens"]) ?? 0;
  return read + (toCount(stated["cache_creation_input_tokens"]) ?? 0);
}

/** Durations from the `timings` object of llama.cpp (`{"prompt_ms":12.5,"predicted_ms":80.1,…}`). */
export function readTimings(stated: JsonValue | undefined): ReplyTimings | undefined {
  if (!isJsonObject(stated)) return undefined;
  const promptNs = nanoseconds(stated["prompt_ms"]);
  const generationNs = nanoseconds(stated["predicted_ms"]);
  if (promptNs === undefined && generationNs === undefined) return undefined;
  return { promptNs, generationNs };
}

/** Tokens from the `timings` object of llama.cpp, which it also sends when nobody asked for usage. */
export function readTimedUsage(stated: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(stated)) return undefined;
  const evaluated = toCount(stated["prompt_n"]);
  const outputTokens = toCount(stated["predicted_n"]);
  if (evaluated === undefined || outputTokens === undefined) return undefined;
  const cachedTokens = toCount(stated["cache_n"]) ?? 0;
  return { inputTokens: evaluated + cachedTokens, outputTokens, cachedTokens, reasoningTokens: 0 };
}

function nanoseconds(milliseconds: JsonValue | undefined): number | undefined {
  const value = toNumber(milliseconds);
  if (value === undefined || value < 0 || !Number.isFinite(value)) return undefined;
  return Math.round(value * 1e6);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
