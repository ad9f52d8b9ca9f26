import type { JsonObject, JsonValue } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import type { Reply, ReplyPart, Usage } from "../reply.ts";
import { toFinishReason } from "./finish-reason.ts";
import { writeCall } from "./tool-calls.ts";

/** Writes a Chat Completions answer. Thinking is told under both names in use. */
export function writeReply(reply: Reply, context: ReplyContext): JsonValue {
  const { parts, stopReason, usage } = reply;
  const calls = parts.filter((part) => part.type === "tool-call");
  const text = textOf(parts, "text");
  const thinking = textOf(parts, "thinking") ?? undefined;
  const refusal = textOf(parts, "refusal");
  const message = withoutUndefined({
    role: "assistant",
    content: text ?? (calls.length === 0 && refusal === null ? "" : null),
    reasoning_content: thinking,
    reasoning: thinking,
    refusal,
    tool_calls: calls.length === 0 ? undefined : calls.map(writeCall),
  });
  const choice = {
    index: 0,
    message,
    logprobs: toLogprobs(reply.logprobs),
    finish_reason: toFinishReason(stopReason, calls.length > 0),
  };
  return withoutUndefined({
    id: toReplyId(reply.id, context),
    object: "chat.completion",
    created: context.createdAt,
    model: reply.model === "" ? context.model : reply.model,
    choices: [choice],
    usage: usage === undefined ? undefined : writeUsage(usage),
  });
}

/** The backend's id where it is one of this dialect, else a new one. */
export function toReplyId(id: string | undefined, context: ReplyContext): string {
  return id?.startsWith("chatcmpl-") === true ? id : `chatcmpl-${context.randomId()}`;
}

/** Tokens as the `usage` object of an answer or of a stream's last chunk. */
export function writeUsage(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** What a reader passed on as it came: JSON, or nothing. */
function toLogprobs(logprobs: unknown): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- readers take it out of a parsed body
  return (logprobs ?? null) as JsonValue;
}

/** Joined texts of that type; null when there are none. */
function textOf(parts: readonly ReplyPart[], type: "text" | "thinking" | "refusal"): string | null {
  const found = parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return found.length === 0 ? null : found.join("");
}
