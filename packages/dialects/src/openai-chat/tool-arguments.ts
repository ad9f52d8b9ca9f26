import { type ErrorCode, ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue, ToolCallPart } from "../conversation.ts";
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
  const text = typeof stated === "string" ? stated : toArgumentsText(stated);
  if (text.trim() === "") return {};
  const parsed = parseObject(text);
  return isJsonObject(parsed) ? parsed : { [RAW_ARGUMENTS]: text };
}

/**
 * A call as an assistant message and an answer hold it.
 *
 * @param code of the error when the arguments cannot be written
 * @throws ProxyError
 */
export function writeCall(
  { id, name, arguments: input }: ToolCallPart,
  code: ErrorCode,
): JsonObject {
  return { id, type: "function", function: { name, arguments: toArgumentsText(input, code) } };
}

/** The error of an answer that calls a tool and never says which. */
export function callWithoutName(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend sent a tool call without a name.");
}

/**
 * Arguments as JSON text.
 *
 * @param code of the error when they cannot be written
 * @throws ProxyError
 */
export function toArgumentsText(value: JsonValue, code: ErrorCode = "upstream_protocol"): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    // The only reason: JSON is read to any depth, but not written.
    throw new ProxyError(code, "The arguments of a tool call are nested too deeply.", { cause });
  }
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
