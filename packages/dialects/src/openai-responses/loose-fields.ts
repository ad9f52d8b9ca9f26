import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray, isJsonObject } from "../json/fields.ts";

/*
 * What a backend answers is read loosely: a field that is absent or of another
 * type counts as empty, because real servers leave out what they do not know.
 */

/** The text of a field; empty when it is none. */
export function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}

/** The object of a field; undefined when it is none. */
export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}

/** The objects in the list of a field; empty when it is no list. */
export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  return listAt(object, key).filter((item) => isJsonObject(item));
}

/** The list of a field; empty when it is none. */
export function listAt(object: JsonObject, key: string): readonly JsonValue[] {
  const value = object[key];
  return isArray(value) ? value : [];
}
