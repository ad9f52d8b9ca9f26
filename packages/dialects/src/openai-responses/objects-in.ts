import type { JsonObject } from "../conversation.ts";
import { isJsonObject } from "../json/json-value.ts";
import { listIn } from "../json/lenient.ts";

/** The objects in the list of a backend's field; empty when it holds no list. */
export function objectsIn(object: JsonObject, key: string): readonly JsonObject[] {
  return listIn(object, key).filter((item) => isJsonObject(item));
}
