import type { JsonObject, JsonValue, ToolCallPart } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import { logprobEntries } from "../openai-chat/logprobs.ts";
import type { Reply, ReplyPart } from "../reply.ts";
import {
  callItem,
  contentPart,
  messageItem,
  reasoningItem,
  type ItemStatus,
} from "./output-items.ts";
import { responseId, responseObject } from "./response-object.ts";
import { outcomeOf } from "./response-status.ts";

/** Writes a complete response. */
export function writeReply(reply: Reply, context: ReplyContext): JsonValue {
  const { status, reason } = outcomeOf(reply.stopReason);
  const head = {
    id: responseId(reply.id, context),
    model: reply.model === "" ? context.model : reply.model,
    context,
  };
  return responseObject(head, {
    status,
    incompleteReason: reason,
    output: writeItems(reply, context, status),
    usage: reply.usage,
  });
}

/** @param lastStatus of the item that the model was at when it stopped */
function writeItems(
  { parts, logprobs }: Reply,
  { randomId }: ReplyContext,
  lastStatus: ItemStatus,
): readonly JsonObject[] {
  const groups = groupParts(parts);
  let probabilities = logprobEntries(logprobs);
  return groups.map((group, index): JsonObject => {
    const status = index === groups.length - 1 ? lastStatus : "completed";
    if (!isContent(group)) return writeItem(group, status, randomId());
    const content = group.map((part) => {
      if (part.type === "refusal") return contentPart("refusal", part.text, []);
      const entries = probabilities;
      probabilities = [];
      return contentPart("output_text", part.text, entries);
    });
    return messageItem(`msg_${randomId()}`, status, content);
  });
}

type ContentPart = Extract<ReplyPart, { readonly type: "text" | "refusal" }>;
type ItemPart = Exclude<ReplyPart, ContentPart>;

/** Texts and refusals in a row are one message; the other parts are items of their own. */
function groupParts(parts: readonly ReplyPart[]): readonly (ContentPart[] | ItemPart)[] {
  const groups: (ContentPart[] | ItemPart)[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (part.type !== "text" && part.type !== "refusal") groups.push(part);
    else if (last !== undefined && isContent(last)) last.push(part);
    else groups.push([part]);
  }
  return groups;
}

function isContent(group: ContentPart[] | ItemPart): group is ContentPart[] {
  return Array.isArray(group);
}

function writeItem(part: ItemPart, status: ItemStatus, random: string): JsonObject {
  if (part.type === "thinking") {
    return reasoningItem(`rs_${random}`, status, part.text, part.signature);
  }
  return callItem(`fc_${random}`, status, callOf(part, random));
}

function callOf(
  { id, name, arguments: input }: ToolCallPart,
  random: string,
): {
  readonly callId: string;
  readonly name: string;
  readonly json: string;
} {
  return { callId: id === "" ? `call_${random}` : id, name, json: JSON.stringify(input) };
}
