import type {
  AssistantMessage,
  AssistantPart,
  JsonObject,
  Message,
  TextPart,
  ToolMessage,
} from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { parseArguments } from "../json/tool-arguments.ts";
import { parseImages } from "./images.ts";
import { PendingCalls } from "./pending-calls.ts";

/** Messages, and the paths of what they hold without a place in a conversation. */
export interface ParsedMessages {
  readonly messages: readonly Message[];
  readonly dropped: readonly string[];
}

const ROLES = ["system", "user", "assistant", "tool"] as const;

/** @throws ProxyError `invalid_request` */
export function parseMessages(body: Fields): ParsedMessages {
  const calls = new PendingCalls();
  const dropped: string[] = [];
  const messages = body.objects("messages").map((message) => {
    const role = message.optionalChoice("role", ROLES) ?? message.refuse("role", "is required");
    const takesImages = role === "user" || role === "tool";
    if (!takesImages && parseImages(message).length > 0) dropped.push(message.pathOf("images"));
    return parseMessage(message, role, calls);
  });
  return { messages, dropped };
}

function parseMessage(message: Fields, role: (typeof ROLES)[number], calls: PendingCalls): Message {
  if (role === "system") return { role, text: message.optionalText("content") ?? "" };
  if (role === "user") return { role, parts: parseContent(message) };
  return role === "assistant" ? parseAssistant(message, calls) : parseToolResult(message, calls);
}

/** Images before the text, where Ollama's templates put them. A message of nothing keeps its text. */
function parseContent(message: Fields): ToolMessage["parts"] {
  const images = parseImages(message);
  const text = message.optionalText("content") ?? "";
  const texts: readonly TextPart[] =
    text === "" && images.length > 0 ? [] : [{ type: "text", text }];
  return [...images, ...texts];
}

function parseAssistant(message: Fields, calls: PendingCalls): AssistantMessage {
  const parts: AssistantPart[] = [];
  const thinking = message.optionalText("thinking") ?? "";
  if (thinking !== "") parts.push({ type: "thinking", text: thinking, signature: undefined });
  const text = message.optionalText("content") ?? "";
  if (text !== "") parts.push({ type: "text", text });

  calls.beginTurn();
  for (const call of message.objects("tool_calls")) {
    const stated = call.requiredObject("function");
    const name = stated.requiredName("name");
    const id = calls.add(name, nonEmpty(call.optionalText("id")));
    parts.push({ type: "tool-call", id, name, arguments: readInput(stated) });
  }
  return { role: "assistant", parts };
}

/** An object; clients of other dialects send it as JSON text. */
function readInput(call: Fields): JsonObject {
  const values = call.value("arguments");
  if (typeof values !== "string") return call.optionalObject("arguments")?.object ?? {};
  return parseArguments(values) ?? call.refuse("arguments", "must be an object");
}

function parseToolResult(message: Fields, calls: PendingCalls): ToolMessage {
  const stated = message.optionalText("tool_name") ?? message.optionalText("name");
  const call = calls.answer(nonEmpty(message.optionalText("tool_call_id")), nonEmpty(stated));
  return {
    role: "tool",
    callId: call.id,
    name: call.name,
    parts: parseContent(message),
    isError: false,
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
