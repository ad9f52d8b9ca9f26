import type { JsonObject, JsonValue } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import type { Reply, ReplyPart } from "../reply.ts";
import { writeStopReason } from "./stop-reason.ts";
import { estimateUsage, writeUsage } from "./usage.ts";

/** Writes a whole answer as a message. */
export function writeReply(reply: Reply, context: ReplyContext): JsonValue {
  const { parts, stopReason, usage } = reply;
  const traits = {
    hasToolCalls: parts.some(({ type }) => type === "tool-call"),
    hasRefusal: parts.some(({ type }) => type === "refusal"),
  };
  return {
    id: messageId(reply.id, context),
    type: "message",
    role: "assistant",
    model: reply.model === "" ? context.model : reply.model,
    content: parts.flatMap((part) => writePart(part, context)),
    stop_reason: writeStopReason(stopReason, traits),
    stop_sequence: reply.stopSequence ?? null,
    usage: writeUsage(usage ?? estimateUsage(context.estimatedInputTokens, characters(parts))),
  };
}

/** The backend's id where it is one of this dialect, else a new one. */
export function messageId(backendId: string | undefined, context: ReplyContext): string {
  return backendId?.startsWith("msg_") === true ? backendId : `msg_01${context.randomId()}`;
}

/** The id of a call, made up for backends that name none. */
export function toolUseId(backendId: string, context: ReplyContext): string {
  return backendId === "" ? `toolu_01${context.randomId()}` : backendId;
}

function writePart(part: ReplyPart, context: ReplyContext): readonly JsonObject[] {
  if (part.type === "thinking") {
    return [{ type: "thinking", thinking: part.text, signature: part.signature ?? "" }];
  }
  if (part.type !== "tool-call") return part.text === "" ? [] : [{ type: "text", text: part.text }];
  const { id, name, arguments: input } = part;
  return [{ type: "tool_use", id: toolUseId(id, context), name, input }];
}

function characters(parts: readonly ReplyPart[]): number {
  return parts.reduce(
    (sum, part) =>
      sum + (part.type === "tool-call" ? JSON.stringify(part.arguments) : part.text).length,
    0,
  );
}
