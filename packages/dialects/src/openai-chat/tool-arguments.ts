import type { JsonObject, JsonValue } from "../conversation.ts";
import { isJsonObject } from "../json/fields.ts";
import { parseObject } from "../json/parse-json.ts";

/** Field that holds arguments which a model wrote as something other than a JSON object. */
export const RAW_ARGUMENTS = "_raw";

/**
 * Arguments of a call as a backend states them. None is an empty object; a text
 * that is no JSON object is kept as `{"_raw": text}`, so that nothing is lost.
 */
export function readArguments(stated: JsonValue | undefined): JsonObject {
  if (isJsonObject(stated)) return stated;
  if (stated === undefined || stated === null) return {};
  const text = typeof stated === "string" ? stated : JSON.stringify(stated);
  if (text.trim() === "") return {};
  return parseObject(text) ?? { [RAW_ARGUMENTS]: text };
}

/** Longest part of an answer's id that goes into the ids of its calls. */
const SEED_LENGTH = 30;

/**
 * Id of a call that the backend gave none: from the answer's own id, so that
 * calls of different turns differ, for example `call_c9_0`.
 */
export function makeCallId(replyId: string | undefined, index: number): string {
  const seed = (replyId ?? "").replace(/^chatcmpl-/, "").replaceAll(/[^\w-]/g, "");
  return seed === "" ? `call_${index}` : `call_${seed.slice(-SEED_LENGTH)}_${index}`;
}
