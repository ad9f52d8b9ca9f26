import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray } from "../json/json-value.ts";
import { logprobEntries } from "../openai-chat/logprobs.ts";

/** Ollama's list of tokens in the shape of Chat Completions; undefined when there is none. */
export function readLogprobs(line: JsonObject): JsonObject | undefined {
  const tokens = line["logprobs"];
  return isArray(tokens) && tokens.length > 0 ? { content: tokens } : undefined;
}

/** The entries are the same in both dialects; Ollama leaves out the object around them. */
export function writeLogprobs(logprobs: unknown): { readonly logprobs?: JsonValue } {
  const tokens = logprobEntries(logprobs);
  return tokens.length === 0 ? {} : { logprobs: tokens };
}
