import type { JsonObject, JsonValue } from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";

export type ItemStatus = "in_progress" | "completed" | "incomplete";
/** The two kinds of content in a message. */
export type ContentType = "output_text" | "refusal";

/** An output item: what the assistant says. */
export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly JsonObject[],
): JsonObject {
  return { id, type: "message", status, role: "assistant", content };
}

/** A part of a message. */
export function contentPart(
  type: ContentType,
  text: string,
  logprobs: readonly JsonValue[],
): JsonObject {
  if (type === "refusal") return { type, refusal: text };
  return { type, text, annotations: [], logprobs };
}

/** An output item: what the model thought; `signature` lets a client send it back. */
export function reasoningItem(
  id: string,
  status: ItemStatus,
  text: string,
  signature: string | undefined,
): JsonObject {
  return withoutUndefined({
    id,
    type: "reasoning",
    status,
    summary: [],
    content: text === "" ? [] : [reasoningPart(text)],
    encrypted_content: signature,
  });
}

export function reasoningPart(text: string): JsonObject {
  return { type: "reasoning_text", text };
}

/** An output item: a call of a function, its arguments as JSON text. */
export function callItem(
  id: string,
  status: ItemStatus,
  call: { readonly callId: string; readonly name: string; readonly json: string },
): JsonObject {
  return {
    id,
    type: "function_call",
    status,
    call_id: call.callId,
    name: call.name,
    arguments: call.json,
  };
}
