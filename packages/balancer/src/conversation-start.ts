/** The part of a request that stays the same on every turn of a conversation. */
export interface ConversationStart {
  /** System prompt; empty when there is none. */
  readonly system: string;
  /** First message of the user, or the prompt. */
  readonly opening: string;
}

/**
 * Finds how a conversation begins: the system prompt and the first message of the
 * user, whatever follows, and however the text is wrapped.
 *
 * Reads the bodies of chat completions, Anthropic messages, responses (`input` as
 * a list of messages) and Ollama, and `prompt` where there are no messages.
 *
 * @param text a request body
 * @returns undefined when it is not a JSON object with a conversation or a prompt
 */
export function conversationStart(text: string): ConversationStart | undefined {
  const body = parseObject(text);
  if (body === undefined) return undefined;
  const messages = messagesOf(body["messages"]) ?? messagesOf(body["input"]);
  const start = messages === undefined ? promptStart(body) : messagesStart(body, messages);
  return start.opening === "" && start.system === "" ? undefined : start;
}

type JsonObject = Readonly<Record<string, unknown>>;

function promptStart(body: JsonObject): ConversationStart {
  const opening = contentText(body["prompt"]);
  return { system: opening === "" ? "" : contentText(body["system"]), opening };
}

function messagesStart(body: JsonObject, messages: readonly JsonObject[]): ConversationStart {
  const systemMessage = messages.find(isSystem);
  const opening =
    messages.find(({ role }) => role === "user") ?? messages.find((message) => !isSystem(message));
  return {
    system: contentText(body["system"] ?? body["instructions"] ?? systemMessage?.["content"]),
    opening: contentText(opening?.["content"]),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // the backend will say what is wrong with it
  }
}

/** The messages of a list, or undefined when the value is no list of messages. */
function messagesOf(value: unknown): readonly JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const messages = value.filter(isObject).filter(({ role }) => typeof role === "string");
  return messages.length === 0 ? undefined : messages;
}

function isSystem({ role }: JsonObject): boolean {
  return role === "system" || role === "developer";
}

/** A plain string and a list with that one text give the same; what is not text is written as JSON. */
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map(partText).join("\n");
}

function partText(part: unknown): string {
  if (typeof part === "string") return part;
  if (isObject(part) && typeof part["text"] === "string") return part["text"];
  return JSON.stringify(part, withoutCacheMarks);
}

/** Clients move `cache_control` from message to message as a conversation grows. */
function withoutCacheMarks(key: string, value: unknown): unknown {
  return key === "cache_control" ? undefined : value;
}
