import type { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { objectIn } from "../json/lenient.ts";
import { toErrorBody, toFailureBody } from "../openai-chat/chat-errors.ts";
import type { ReplyFailure } from "../reply.ts";

/** `{"error":{"message":"…","type":"…","param":null,"code":"…"}}`, as in all of the API. */
export function writeError(error: ProxyError): JsonValue {
  return toErrorBody(error);
}

/**
 * The error as the last event of a stream. It has no `sequence_number`, which
 * only the writer of the stream knows.
 */
export function writeStreamError(error: ProxyError): string {
  const fields = errorFields(toErrorBody(error));
  return `event: error\ndata: ${JSON.stringify({ type: "error", ...fields })}\n\n`;
}

/** Fields of the `error` event for what went wrong in the middle of a stream. */
export function streamErrorFields(failure: ReplyFailure): JsonObject {
  return errorFields(toFailureBody(failure));
}

/**
 * The documented event is flat; the official service also nests the error, and
 * that is what older client libraries look at.
 */
function errorFields(body: JsonObject): JsonObject {
  const error = objectIn(body, "error") ?? {};
  const { code = null, message = "", param = null } = error;
  return { code, message, param, error };
}
