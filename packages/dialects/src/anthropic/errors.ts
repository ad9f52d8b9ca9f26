import type { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { objectIn, textIn } from "../json/lenient.ts";
import { parseObject } from "../json/parse-json.ts";
import type { ReplyFailure } from "../reply.ts";

/** Error types by status; the first status of a type is the one it stands for in a stream. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [422, "invalid_request_error"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [504, "timeout_error"],
  [408, "timeout_error"],
  [529, "overloaded_error"],
  [503, "overloaded_error"],
]);

/** The API's name for an error with this status. */
export function errorTypeOf(status: number): string {
  return (
    TYPES.get(status) ?? (status >= 400 && status < 500 ? "invalid_request_error" : "api_error")
  );
}

/** The status of an error that a stream names by its type; undefined when the type is unknown. */
export function statusOfErrorType(type: string | undefined): number | undefined {
  for (const [status, name] of TYPES) if (name === type) return status;
  return undefined;
}

/** `{"type":"error","error":{"type":"not_found_error","message":"…"},"request_id":"…"}` */
export function writeError(error: ProxyError, requestId: string): JsonValue {
  return toFailureBody({ type: "error", message: error.message, status: error.status, requestId });
}

/** The error as the last event of a stream. */
export function writeStreamError(error: ProxyError, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(writeError(error, requestId))}\n\n`;
}

/** The error of a broken stream in the same shape; without a status its type is `api_error`. */
export function toFailureBody({
  message,
  status = 500,
  requestId,
}: ReplyFailure): JsonObject & { readonly type: "error" } {
  const error = { type: errorTypeOf(status), message };
  return { type: "error", error, ...(requestId === undefined ? {} : { request_id: requestId }) };
}

/**
 * Whether a backend's error body is one that clients of this API understand and
 * may be passed on as it is: its shape is right and its type one of the API's.
 */
export function isErrorBody(bodyText: string): boolean {
  const body = parseObject(bodyText);
  if (body?.["type"] !== "error") return false;
  const error = objectIn(body, "error");
  if (error === undefined || textIn(error, "message") === undefined) return false;
  return statusOfErrorType(textIn(error, "type")) !== undefined;
}
