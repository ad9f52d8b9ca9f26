import { fnv1a32, ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue, Tool, ToolCallPart } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { isJsonObject } from "../json/json-value.ts";
import { readArguments } from "../json/tool-arguments.ts";
import { withoutUndefined } from "../json/without-undefined.ts";

/** `tools`, in the same shape as in Chat Completions. */
export function parseTools(body: Fields): readonly Tool[] {
  return body.objects("tools").map((tool) => {
    tool.optionalChoice("type", ["function"]);
    const definition = tool.requiredObject("function");
    return {
      name: definition.requiredName("name"),
      description: definition.optionalText("description"),
      parameters: definition.optionalObject("parameters")?.object,
      strict: undefined,
    };
  });
}

/** One tool as Ollama wants it; an absent schema becomes one without arguments. */
export function writeTool({ name, description, parameters }: Tool): JsonObject {
  return {
    type: "function",
    function: withoutUndefined({
      name,
      description,
      parameters: parameters ?? { type: "object", properties: {} },
    }),
  };
}

/** `{"id":"call_7","function":{"index":0,"name":"look_up","arguments":{"town":"Graz"}}}` */
export function writeToolCall(
  { id, name, arguments: values }: Omit<ToolCallPart, "type">,
  index: number,
): JsonObject {
  return { id, function: { index, name, arguments: values } };
}

/**
 * Tool calls of one answer, or of one line of it.
 *
 * Older servers give calls no id: one is made from what the answer says, so that
 * calls of different answers differ.
 *
 * @param firstIndex calls of the same answer before these
 * @throws ProxyError `upstream_protocol` when a call has no name
 */
export function readToolCalls(
  calls: readonly JsonValue[],
  answeredAt: string,
  firstIndex: number,
): readonly ToolCallPart[] {
  return calls.map((call, offset) => {
    const stated = isJsonObject(call) ? call["function"] : undefined;
    const name = isJsonObject(stated) ? stated["name"] : undefined;
    if (!isJsonObject(call) || !isJsonObject(stated) || typeof name !== "string" || name === "") {
      throw new ProxyError(
        "upstream_protocol",
        "The endpoint answered a tool call without a name.",
      );
    }
    const parsed = readArguments(stated["arguments"]);
    const id = call["id"];
    return {
      type: "tool-call",
      id:
        typeof id === "string" && id !== "" ? id : makeId(answeredAt, firstIndex + offset, parsed),
      name,
      arguments: parsed,
    };
  });
}

function makeId(answeredAt: string, index: number, values: JsonObject): string {
  const hash = fnv1a32(`${answeredAt} ${index} ${JSON.stringify(values)}`) >>> 0;
  return `call_${hash.toString(36)}${index}`;
}
