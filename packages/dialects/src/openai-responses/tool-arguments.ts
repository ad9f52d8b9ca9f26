import type { JsonObject } from "../conversation.ts";
import { isJsonObject } from "../json/fields.ts";
import { parseObject } from "../json/parse-json.ts";

/**
 * The object that a client's arguments hold as JSON text, an empty one for no
 * text; undefined when the text is no object.
 */
export function parseArguments(text: string): JsonObject | undefined {
  if (text.trim() === "") return {};
  const value = parseObject(text);
  return isJsonObject(value) ? value : undefined;
}
