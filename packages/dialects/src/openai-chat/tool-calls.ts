import { ProxyError } from "@olla-ts/core";

import type { JsonObject, ToolCallPart } from "../conversation.ts";

/** A call as an assistant message and an answer hold it. */
export function writeCall({ id, name, arguments: input }: ToolCallPart): JsonObject {
  return { id, type: "function", function: { name, arguments: JSON.stringify(input) } };
}

/** The error of an answer that calls a tool and never says which. */
export function callWithoutName(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend sent a tool call without a name.");
}

export function tooManyCalls(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend sent too many tool calls.");
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
