import { fnv1a32, ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue, Tool, ToolCallPart } from "../conversation.ts";
import { type Fields, isJsonObject } from "../json/fields.ts";
import { parseObject } from "../json/parse-json.ts";
import { RAW_ARGUMENTS } from "../openai-chat/tool-arguments.ts";
import { defined } from "./defined.ts";

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
    function: defined({
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
 * The arguments that a text holds. Empty text means none. What is no JSON object
 * is kept as `{"_raw": text}`: Ollama's arguments have to be an object.
 */
export function toArguments(json: string): JsonObject {
  if (json.trim() === "") return {};
  const values = parseObject(json);
  // A number too long for a double is kept as an object of its text.
  return isJsonObject(values) ? values : { [RAW_ARGUMENTS]: json };
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
    const values = stated["arguments"];
    const parsed = isJsonObject(values) ? values : toArguments(textOf(values));
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

/**
 * The value as JSON text.
 *
 * @throws ProxyError `upstream_protocol` when it is nested deeper than JSON is written
 */
export function toJson(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new ProxyError("upstream_protocol", "The endpoint's tool call is nested too deeply.", {
      cause,
    });
  }
}

function textOf(values: JsonValue | undefined): string {
  if (values === undefined || values === null) return "";
  return typeof values === "string" ? values : toJson(values);
}

function makeId(answeredAt: string, index: number, values: JsonObject): string {
  const hash = fnv1a32(`${answeredAt} ${index} ${toJson(values)}`) >>> 0;
  return `call_${hash.toString(36)}${index}`;
}
