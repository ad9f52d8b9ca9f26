import type { JsonObject, JsonValue } from "../conversation.ts";
import { isJsonObject } from "./json-value.ts";
import { parseObject } from "./parse-json.ts";

/** Field that holds arguments which a model wrote as something other than a JSON object. */
const RAW_ARGUMENTS = "_raw";

/** The object that arguments hold as JSON text, an empty one for no text; undefined for other JSON. */
export function parseArguments(text: string): JsonObject | undefined {
  return text.trim() === "" ? {} : parseObject(text);
}

/**
 * Arguments of a call as a backend states them. None is an empty object; a text
 * that is no JSON object is kept as `{"_raw": text}`, so that nothing is lost.
 */
export function readArguments(stated: JsonValue | undefined): JsonObject {
  if (isJsonObject(stated)) return stated;
  if (stated === undefined || stated === null) return {};
  const text = typeof stated === "string" ? stated : JSON.stringify(stated);
  return parseArguments(text) ?? { [RAW_ARGUMENTS]: text };
}
