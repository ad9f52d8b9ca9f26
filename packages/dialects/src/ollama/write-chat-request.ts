import type { Conversation } from "../conversation.ts";
import type { WrittenRequest } from "../dialect.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { writeTool } from "./tool-calls.ts";
import { writeMessages } from "./write-messages.ts";
import { unsayableSettings, writeSettings } from "./write-settings.ts";

/**
 * Writes the body of `POST /api/chat`.
 *
 * Ollama has no `tool_choice`: `none` is said by offering no tools; a call that
 * must be made cannot be asked for.
 *
 * @throws ProxyError `invalid_request` for content that Ollama cannot take
 */
export function writeChatRequest(conversation: Conversation): WrittenRequest {
  const { tools, toolChoice } = conversation;
  const { model, ...settings } = writeSettings(conversation);
  const offered = toolChoice?.type === "none" ? [] : tools;
  const body = withoutUndefined({
    model,
    messages: writeMessages(conversation),
    tools: offered.length === 0 ? undefined : offered.map(writeTool),
    ...settings,
  });
  return { body, dropped: [...unsayableSettings(conversation), ...unsayableTools(conversation)] };
}

function unsayableTools({ tools, toolChoice, parallelToolCalls }: Conversation): readonly string[] {
  if (tools.length === 0) return [];
  const unsayable: string[] = [];
  if (toolChoice?.type === "required" || toolChoice?.type === "tool") unsayable.push("tool_choice");
  if (parallelToolCalls === false) unsayable.push("parallel_tool_calls");
  if (tools.some(({ strict }) => strict === true)) unsayable.push("strict");
  return unsayable;
}
