import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray, isJsonObject, toNumber } from "../json/json-value.ts";

/** The choice with index 0; one that states no index counts as that. */
export function firstChoice(body: JsonObject): JsonObject | undefined {
  const choices = body["choices"];
  if (!isArray(choices)) return undefined;
  return choices.filter(isJsonObject).find((choice) => (toNumber(choice["index"]) ?? 0) === 0);
}

/** Text of `content`, whether it is a text or a list of parts. */
export function readText(content: JsonValue | undefined): string {
  if (typeof content === "string") return content;
  if (!isArray(content)) return "";
  return content
    .filter(isJsonObject)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("");
}

/** Thinking of a message or a delta; servers that state it under both names state the same. */
export function readThinking(message: JsonObject): string {
  for (const name of ["reasoning_content", "reasoning"]) {
    const text = message[name];
    if (typeof text === "string" && text !== "") return text;
  }
  return "";
}

/** Tool calls of a message or a delta, the deprecated `function_call` included. */
export function readCalls(message: JsonObject): readonly JsonObject[] {
  const { tool_calls: calls, function_call: call } = message;
  if (isArray(calls) && calls.length > 0) return calls.filter(isJsonObject);
  return isJsonObject(call) ? [{ index: 0, function: call }] : [];
}
