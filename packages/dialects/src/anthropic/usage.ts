import type { JsonObject } from "../conversation.ts";
import { numberIn, objectIn } from "../json/lenient.ts";
import type { Usage } from "../reply.ts";

/** UTF-16 units of text that one token stands for where the backend does not count. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Gathers `usage` objects: later ones overwrite field by field, since the one at
 * the end of a stream may hold the output alone.
 */
export class UsageReader {
  #uncached = 0;
  #cacheWritten = 0;
  #cacheRead = 0;
  #output = 0;
  #thinking = 0;

  read(usage: JsonObject): Usage {
    this.#uncached = numberIn(usage, "input_tokens") ?? this.#uncached;
    this.#cacheWritten = numberIn(usage, "cache_creation_input_tokens") ?? this.#cacheWritten;
    this.#cacheRead = numberIn(usage, "cache_read_input_tokens") ?? this.#cacheRead;
    this.#output = numberIn(usage, "output_tokens") ?? this.#output;
    const details = objectIn(usage, "output_tokens_details") ?? {};
    this.#thinking = numberIn(details, "thinking_tokens") ?? this.#thinking;
    return {
      // `input_tokens` of this dialect leaves out what the cache holds or takes.
      inputTokens: this.#uncached + this.#cacheWritten + this.#cacheRead,
      outputTokens: this.#output,
      cachedTokens: this.#cacheRead,
      reasoningTokens: this.#thinking,
    };
  }
}

/** Writes `usage`. */
export function writeUsage(usage: Usage): JsonObject {
  return {
    input_tokens: Math.max(0, usage.inputTokens - usage.cachedTokens),
    output_tokens: usage.outputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cachedTokens,
    ...(usage.reasoningTokens > 0
      ? { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }
      : {}),
  };
}

/** Usage of an answer whose backend counts nothing. */
export function estimateUsage(inputTokens: number, outputCharacters: number): Usage {
  return {
    inputTokens,
    outputTokens: Math.max(1, Math.ceil(outputCharacters / CHARACTERS_PER_TOKEN)),
    cachedTokens: 0,
    reasoningTokens: 0,
  };
}
