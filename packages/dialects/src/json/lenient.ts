import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray, isJsonObject, toNumber } from "./json-value.ts";

// Readers for what backends send: a field of another type than expected counts
// as absent, since an answer that is half understood is better than none.

/** The text of a field; undefined when it holds none. */
export function textIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

/** The number of a field; undefined when it holds none. */
export function numberIn(object: JsonObject, key: string): number | undefined {
  return toNumber(object[key]);
}

/** The object of a field; undefined when it holds none. */
export function objectIn(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}

/** The list of a field; empty when it holds none. */
export function listIn(object: JsonObject, key: string): readonly JsonValue[] {
  const value = object[key];
  return isArray(value) ? value : [];
}
