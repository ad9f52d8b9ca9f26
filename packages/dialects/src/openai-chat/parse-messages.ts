import type { AssistantPart, Message, ToolCallPart } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { isJsonObject } from "../json/json-value.ts";
import { parseArguments } from "../json/tool-arguments.ts";
import {
  parseAssistantContent,
  parseTexts,
  parseToolContent,
  parseUserContent,
} from "./parse-content.ts";

/** The messages of a request, its leading instructions apart. */
export interface ParsedMessages {
  readonly system: readonly string[];
  readonly messages: readonly Message[];
  /** Fields of messages that have no place in a conversation, for example `messages.name`. */
  readonly dropped: readonly string[];
}

/** @throws ProxyError `invalid_request` */
export function parseMessages(body: Fields): ParsedMessages {
  if (!body.has("messages")) body.refuse("messages", "is required");
  const stated = body.objects("messages");
  if (stated.length === 0) body.refuse("messages", "must hold at least one message");
  const system: string[] = [];
  const messages: Message[] = [];
  const dropped = new Set<string>();
  for (const message of stated) {
    const role = message.requiredText("role");
    if (isInstruction(role) && messages.length === 0) system.push(...parseTexts(message));
    else messages.push(parseMessage(role, message));
    for (const name of unsaid(role, message)) dropped.add(`messages.${name}`);
  }
  return { system: system.filter((text) => text !== ""), messages, dropped: [...dropped] };
}

function isInstruction(role: string): boolean {
  return role === "system" || role === "developer";
}

function unsaid(role: string, message: Fields): readonly string[] {
  // A tool message keeps its name.
  const names = role === "tool" ? [] : ["name", "audio"];
  return names.filter((name) => message.has(name));
}

function parseMessage(role: string, message: Fields): Message {
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", text: parseTexts(message).join("\n\n") };
    case "user":
      return { role: "user", parts: parseUserContent(message) };
    case "assistant":
      return { role: "assistant", parts: parseAssistant(message) };
    case "tool":
      return {
        role: "tool",
        callId: message.requiredName("tool_call_id"),
        name: message.optionalText("name"),
        parts: parseToolContent(message),
        isError: false,
      };
    default:
      return message.refuse("role", "must be one of developer, system, user, assistant, tool");
  }
}

function parseAssistant(message: Fields): readonly AssistantPart[] {
  if (message.has("function_call"))
    message.refuse("function_call", "is not supported; use tool_calls");
  const parts: AssistantPart[] = [];
  // Both names are in use for the same thing, and some clients send both back.
  const thinking = message.optionalText("reasoning_content") ?? message.optionalText("reasoning");
  if (thinking !== undefined && thinking !== "") {
    parts.push({ type: "thinking", text: thinking, signature: undefined });
  }
  parts.push(...parseAssistantContent(message));
  const refusal = message.optionalText("refusal");
  if (refusal !== undefined) parts.push({ type: "refusal", text: refusal });
  parts.push(...message.objects("tool_calls").map(parseCall));
  return parts;
}

function parseCall(call: Fields): ToolCallPart {
  const type = call.optionalText("type") ?? "function";
  if (type !== "function") call.refuse("type", "must be function");
  const stated = call.requiredObject("function");
  return {
    type: "tool-call",
    id: call.requiredName("id"),
    name: stated.requiredName("name"),
    arguments: readInput(stated),
  };
}

function readInput(call: Fields): ToolCallPart["arguments"] {
  const stated = call.value("arguments") ?? "";
  if (isJsonObject(stated)) return stated;
  const text = call.optionalText("arguments") ?? "";
  return parseArguments(text) ?? call.refuse("arguments", "must be the text of a JSON object");
}
