import type {
  AssistantPart,
  Message,
  ThinkingPart,
  ToolCallPart,
  ToolMessage,
  UserPart,
} from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import type { DroppedNames } from "./dropped-names.ts";
import { blockType, parseTexts, parseUserBlock, readContent, toText } from "./parse-blocks.ts";

/**
 * Reads `messages`. Tool results become messages of their own in front of the
 * rest of their turn; assistant turns that say nothing are left out.
 */
export function parseMessages(fields: Fields, dropped: DroppedNames): readonly Message[] {
  if (!fields.has("messages")) fields.refuse("messages", "is required");
  const messages = fields.objects("messages").flatMap((message) => parseMessage(message, dropped));
  return messages.length > 0
    ? messages
    : fields.refuse("messages", "must hold at least one message that is not empty");
}

function parseMessage(message: Fields, dropped: DroppedNames): readonly Message[] {
  const role = message.requiredChoice("role", ["user", "assistant", "system"]);
  const content = readContent(message, "content");
  if (role === "user") return parseUser(content, dropped);
  if (role === "assistant") return parseAssistant(content, dropped);
  const texts = typeof content === "string" ? [content] : parseTexts(content, dropped);
  return [{ role, text: texts.join("\n\n") }];
}

function parseUser(content: string | readonly Fields[], dropped: DroppedNames): readonly Message[] {
  if (typeof content === "string") return [{ role: "user", parts: [toText(content)] }];
  const results: ToolMessage[] = [];
  const attached: UserPart[] = [];
  const said: UserPart[] = [];
  for (const block of content) {
    if (block.value("type") === "tool_result") {
      results.push(parseToolResult(block, attached, dropped));
    } else {
      said.push(...parseUserBlock(block, dropped));
    }
  }
  const parts = [...attached, ...said];
  return parts.length === 0 && results.length > 0 ? results : [...results, { role: "user", parts }];
}

/** @param attached takes what a tool message cannot hold; it belongs right behind the results */
function parseToolResult(block: Fields, attached: UserPart[], dropped: DroppedNames): ToolMessage {
  blockType(block, dropped);
  const content = block.has("content") ? readContent(block, "content") : "";
  const parts: ToolMessage["parts"][number][] = [];
  if (typeof content === "string") {
    if (content !== "") parts.push(toText(content));
  } else {
    for (const part of content.flatMap((inner) => parseUserBlock(inner, dropped))) {
      if (part.type === "text" || part.type === "image") parts.push(part);
      else attached.push(part);
    }
  }
  return {
    role: "tool",
    callId: block.requiredName("tool_use_id"),
    name: undefined,
    parts,
    isError: block.optionalBoolean("is_error") ?? false,
  };
}

function parseAssistant(
  content: string | readonly Fields[],
  dropped: DroppedNames,
): readonly Message[] {
  const parts =
    typeof content === "string"
      ? [toText(content)]
      : content.flatMap((block) => parseAssistantBlock(block, dropped));
  const said = parts.filter((part) => part.type !== "text" || part.text !== "");
  return said.length === 0 ? [] : [{ role: "assistant", parts: said }];
}

function parseAssistantBlock(block: Fields, dropped: DroppedNames): readonly AssistantPart[] {
  const type = blockType(block, dropped);
  switch (type) {
    case "text":
      return [toText(block.requiredText("text"))];
    case "thinking":
      return [parseThinking(block)];
    case "tool_use":
      return [parseToolUse(block)];
    default:
      dropped.add(type);
      return [];
  }
}

function parseThinking(block: Fields): ThinkingPart {
  return {
    type: "thinking",
    text: block.requiredText("thinking"),
    signature: block.optionalText("signature"),
  };
}

function parseToolUse(block: Fields): ToolCallPart {
  return {
    type: "tool-call",
    id: block.requiredName("id"),
    name: block.requiredName("name"),
    // Backends that leave out the input of a tool without arguments get it back that way.
    arguments: block.optionalObject("input")?.object ?? {},
  };
}
