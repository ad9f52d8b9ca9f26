import { ProxyError } from "@olla-ts/core";

import type {
  AssistantPart,
  BinarySource,
  Conversation,
  DocumentPart,
  JsonObject,
  JsonValue,
  TextPart,
  UserPart,
} from "../conversation.ts";
import type { DroppedNames } from "./dropped-names.ts";
import { ToolUseIds } from "./tool-use-ids.ts";

/** How messages are written. */
export interface MessageRules {
  /** Whether thinking that carries no signature is left out: Anthropic's own service refuses it. */
  readonly needsSignature: boolean;
  readonly dropped: DroppedNames;
}

interface Turn {
  readonly role: "user" | "assistant";
  readonly blocks: JsonObject[];
}

/**
 * Writes the messages but those of role system. Neighbours of one role become
 * one message, tool results a message of the user; what is empty is left out,
 * since Anthropic refuses empty text.
 *
 * @throws ProxyError `invalid_request` for content that the API has no block for
 */
export function writeMessages(conversation: Conversation, rules: MessageRules): JsonValue[] {
  const ids = new ToolUseIds();
  const turns: Turn[] = [];
  const say = (role: Turn["role"], blocks: readonly JsonObject[]): void => {
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, blocks: [...blocks] });
  };
  for (const message of conversation.messages) {
    if (message.role === "user") {
      say("user", message.parts.flatMap(writeUserPart));
    } else if (message.role === "assistant") {
      say(
        "assistant",
        message.parts.flatMap((part) => writeAssistantPart(part, ids, rules)),
      );
    } else if (message.role === "tool") {
      const content = message.parts.flatMap(writeUserPart);
      say("user", [
        {
          type: "tool_result",
          tool_use_id: ids.ofResult(message),
          content: contentOf(content),
          ...(message.isError ? { is_error: true } : {}),
        },
      ]);
    }
  }
  if (turns.length === 0) {
    throw new ProxyError("invalid_request", "messages: must hold a message that is not empty");
  }
  return turns.map(({ role, blocks }) => ({ role, content: contentOf(blocks) }));
}

/** A single text as such, which every server of this API understands. */
function contentOf(blocks: readonly JsonObject[]): JsonValue {
  const [first] = blocks;
  if (first === undefined) return "";
  return blocks.length === 1 && first["type"] === "text" ? (first["text"] ?? "") : blocks;
}

function writeText({ text }: Pick<TextPart, "text">): JsonObject[] {
  return text === "" ? [] : [{ type: "text", text }];
}

function writeUserPart(part: UserPart): JsonObject[] {
  switch (part.type) {
    case "text":
      return writeText(part);
    case "image":
      return [{ type: "image", source: writeSource(part.source) }];
    case "document":
      return [writeDocument(part)];
    case "audio":
      break;
  }
  throw new ProxyError("invalid_request", "input_audio: the backend takes no audio");
}

function writeAssistantPart(
  part: AssistantPart,
  ids: ToolUseIds,
  { needsSignature, dropped }: MessageRules,
): JsonObject[] {
  if (part.type === "text" || part.type === "refusal") return writeText(part);
  if (part.type === "tool-call") {
    return [{ type: "tool_use", id: ids.ofCall(part), name: part.name, input: part.arguments }];
  }
  const { text: thinking, signature = "" } = part;
  if (!needsSignature || signature !== "") return [{ type: "thinking", thinking, signature }];
  dropped.add("reasoning_content");
  return [];
}

function writeDocument({ source, title }: DocumentPart): JsonObject {
  return {
    type: "document",
    source: writeDocumentSource(source),
    ...(title === undefined ? {} : { title }),
  };
}

function writeDocumentSource(source: BinarySource): JsonObject {
  if (source.kind === "url" || source.mediaType === "application/pdf") return writeSource(source);
  if (source.mediaType.startsWith("text/")) {
    const data = Buffer.from(source.data, "base64").toString("utf8");
    return { type: "text", media_type: "text/plain", data };
  }
  throw new ProxyError(
    "invalid_request",
    `document: ${source.mediaType} is not supported, only application/pdf and text`,
  );
}

function writeSource(source: BinarySource): JsonObject {
  return source.kind === "url"
    ? { type: "url", url: source.url }
    : { type: "base64", media_type: source.mediaType, data: source.data };
}
