import { ProxyError } from "@olla-ts/core";

import type {
  AssistantMessage,
  Conversation,
  ImagePart,
  JsonObject,
  TextPart,
  ToolMessage,
  UserPart,
} from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { toBareImage } from "./images.ts";
import { PendingCalls } from "./pending-calls.ts";
import { writeToolCall } from "./tool-calls.ts";

/** Marks the result of a failed call: Ollama has no field for it. */
const ERROR_PREFIX = "Error: ";

/**
 * The `messages` of `POST /api/chat`: system text first, its blocks parted by an
 * empty line.
 *
 * @throws ProxyError `invalid_request` for content that Ollama cannot take
 */
export function writeMessages({
  system,
  messages,
}: Pick<Conversation, "system" | "messages">): readonly JsonObject[] {
  const calls = new PendingCalls();
  const written: JsonObject[] = [];
  const instructions = joinSystem(system);
  if (instructions !== "") written.push({ role: "system", content: instructions });
  // Images of tool results wait until the last result of the turn: results stay together.
  let images: string[] = [];
  for (const message of messages) {
    if (message.role !== "tool" && images.length > 0) {
      written.push({ role: "user", content: "", images });
      images = [];
    }
    switch (message.role) {
      case "system":
        written.push({ role: "system", content: message.text });
        break;
      case "user":
        written.push({ role: "user", ...writeContent(message.parts) });
        break;
      case "assistant":
        written.push(writeAssistant(message, calls));
        break;
      case "tool":
        written.push(writeToolResult(message, calls));
        images.push(...message.parts.filter(isImage).map(toBareImage));
        break;
    }
  }
  if (images.length > 0) written.push({ role: "user", content: "", images });
  return written;
}

/** Blocks of instructions as one text; empty when they say nothing. */
export function joinSystem(system: readonly string[]): string {
  return system.filter((text) => text !== "").join("\n\n");
}

/** The text of a message and its images, parted as Ollama wants them. */
export function writeContent(parts: readonly UserPart[]): JsonObject {
  const images: string[] = [];
  const texts: string[] = [];
  for (const part of parts) {
    switch (part.type) {
      case "text":
        texts.push(part.text);
        break;
      case "image":
        images.push(toBareImage(part));
        break;
      case "document":
        throw new ProxyError("invalid_request", "This endpoint takes no documents, only text.");
      case "audio":
        throw new ProxyError("invalid_request", "This endpoint takes no audio.");
    }
  }
  return withoutUndefined({
    content: texts.join("\n"),
    images: images.length === 0 ? undefined : images,
  });
}

function writeAssistant({ parts }: AssistantMessage, calls: PendingCalls): JsonObject {
  let content = "";
  let thinking = "";
  const toolCalls: JsonObject[] = [];
  calls.beginTurn();
  for (const part of parts) {
    switch (part.type) {
      case "text":
      case "refusal":
        content += part.text;
        break;
      case "thinking":
        thinking += part.text;
        break;
      case "tool-call":
        calls.add(part.name, part.id);
        toolCalls.push(writeToolCall(part, toolCalls.length));
        break;
    }
  }
  return withoutUndefined({
    role: "assistant",
    content,
    thinking: thinking === "" ? undefined : thinking,
    tool_calls: toolCalls.length === 0 ? undefined : toolCalls,
  });
}

function writeToolResult(message: ToolMessage, calls: PendingCalls): JsonObject {
  const { callId, name, parts, isError } = message;
  const text = parts
    .filter(isText)
    .map((part) => part.text)
    .join("\n");
  const marked = isError && !/^error/i.test(text) ? ERROR_PREFIX + text : text;
  const call = calls.answer(callId === "" ? undefined : callId, name);
  return withoutUndefined({
    role: "tool",
    content: marked,
    tool_name: call.name,
    tool_call_id: call.id === "" ? undefined : call.id,
  });
}

function isText(part: TextPart | ImagePart): part is TextPart {
  return part.type === "text";
}

function isImage(part: TextPart | ImagePart): part is ImagePart {
  return part.type === "image";
}
