import type { Generation, GenerationRequest } from "../generation.ts";
import {
  isJsonObject,
  type JsonObject,
  toArray,
  toCount,
  toObject,
  toText,
} from "../json-value.ts";
import { countPromptWords } from "../prompt.ts";

/** Reads what decides the answer from a Messages request. */
export function toMessagesGeneration(body: JsonObject): GenerationRequest {
  const { messages, system, tools } = body;
  const lastContent = toArray(toObject(toArray(messages).at(-1))["content"]);
  return {
    promptTokens: Math.max(1, countPromptWords([system, messages])),
    maxTokens: toCount(body["max_tokens"]),
    toolNames: toArray(tools).map((tool) => toText(toObject(tool)["name"])),
    answersToolResult: lastContent.some(
      (block) => isJsonObject(block) && block["type"] === "tool_result",
    ),
  };
}

/** `stop_reason` of an answer, by how it finished. */
export const stopReasons: Readonly<Record<Generation["finish"], string>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-call": "tool_use",
};
