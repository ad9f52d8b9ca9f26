import type { Conversation, JsonValue, Message } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { parseMessages } from "./parse-messages.ts";
import { parseSettings } from "./parse-settings.ts";
import { parseTools } from "./tool-calls.ts";

/**
 * Reads the body of `POST /api/chat`.
 *
 * @throws ProxyError `invalid_request`
 */
export function parseChatRequest(body: JsonValue): Conversation {
  const fields = Fields.ofBody(body);
  const model = fields.requiredName("model");
  const { messages, dropped } = parseMessages(fields);
  if (messages.length === 0) fields.refuse("messages", "must hold at least one message");
  const settings = parseSettings(fields);
  const { system, rest } = splitSystem(messages);
  return {
    model,
    system,
    messages: rest,
    includeUsage: true,
    tools: parseTools(fields),
    toolChoice: undefined,
    parallelToolCalls: undefined,
    user: undefined,
    ...settings,
    dropped: [...settings.dropped, ...dropped],
  };
}

/** Instructions before the first other message stand apart. */
function splitSystem(messages: readonly Message[]): {
  readonly system: readonly string[];
  readonly rest: readonly Message[];
} {
  const system: string[] = [];
  for (const message of messages) {
    if (message.role !== "system") break;
    system.push(message.text);
  }
  return { system, rest: messages.slice(system.length) };
}
