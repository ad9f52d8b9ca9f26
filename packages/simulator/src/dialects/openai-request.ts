import type { Generation, GenerationRequest } from "../generation.ts";
import { type JsonObject, toArray, toCount, toObject, toText } from "../json-value.ts";
import { countPromptWords } from "../prompt.ts";

/** Reads what decides the answer from a chat, completion or response request. */
export function toGenerationRequest(body: JsonObject): GenerationRequest {
  const { messages, prompt, input, instructions } = body;
  const last = toObject(toArray(messages ?? input).at(-1));
  return {
    promptTokens: Math.max(1, countPromptWords([messages, prompt, input, instructions])),
    maxTokens:
      toCount(body["max_completion_tokens"]) ??
      toCount(body["max_tokens"]) ??
      toCount(body["max_output_tokens"]),
    // Responses have the name beside the type, chat below `function`.
    toolNames: toArray(body["tools"]).map((tool) => {
      const { name, function: nested } = toObject(tool);
      return toText(name ?? toObject(nested)["name"]);
    }),
    answersToolResult: last["role"] === "tool" || last["type"] === "function_call_output",
  };
}

/** `usage` of chat and completion answers. */
export function toOpenAiUsage(generation: Generation): Readonly<Record<string, unknown>> {
  const { promptTokens, completionTokens, reasoningTokens } = generation;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(reasoningTokens > 0 && {
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    }),
  };
}

/** `finish_reason` of chat and completion answers. */
export function toFinishReason({ finish }: Generation): string {
  return finish === "tool-call" ? "tool_calls" : finish;
}
