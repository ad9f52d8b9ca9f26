import { ProxyError } from "@olla-ts/core";

import type { Conversation, JsonValue, Message, UserMessage, UserPart } from "../conversation.ts";
import type { WrittenRequest } from "../dialect.ts";
import { Fields } from "../json/fields.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { isOllamaCompletion } from "./completion-request.ts";
import { parseImages } from "./images.ts";
import { parseSettings } from "./parse-settings.ts";
import { joinSystem, writeContent } from "./write-messages.ts";
import { unsayableSettings, writeSettings } from "./write-settings.ts";

/**
 * Reads the body of `POST /api/generate` as a conversation of one turn. Bodies
 * with `raw` or `suffix` are no conversation: see `isOllamaCompletion`.
 *
 * @throws ProxyError `invalid_request`
 */
export function parseGenerateRequest(body: JsonValue): Conversation {
  const fields = Fields.ofBody(body);
  if (isOllamaCompletion(body)) {
    throw new ProxyError("invalid_request", "raw, suffix: cannot be turned into a chat");
  }
  const model = fields.requiredName("model");
  const system = fields.optionalText("system") ?? "";
  const prompt = fields.optionalText("prompt") ?? "";
  const images = parseImages(fields);
  if (prompt === "" && images.length === 0) fields.refuse("prompt", "must not be empty");
  const texts: readonly UserPart[] = prompt === "" ? [] : [{ type: "text", text: prompt }];
  return {
    model,
    system: system === "" ? [] : [system],
    messages: [{ role: "user", parts: [...images, ...texts] }],
    includeUsage: true,
    tools: [],
    toolChoice: undefined,
    parallelToolCalls: undefined,
    user: undefined,
    ...parseSettings(fields),
  };
}

/**
 * Writes the body of `POST /api/generate`.
 *
 * @throws ProxyError `invalid_request` for tools and for more than one turn, which it cannot say
 */
export function writeGenerateRequest(conversation: Conversation): WrittenRequest {
  const { system, tools, toolChoice } = conversation;
  if (tools.length > 0 && toolChoice?.type !== "none") {
    throw new ProxyError("invalid_request", "tools: this endpoint generates text without tools");
  }
  const { content, ...images } = writeContent(onlyTurn(conversation.messages).parts);
  const { model, ...settings } = writeSettings(conversation);
  const instructions = joinSystem(system);
  const body = withoutUndefined({
    model,
    system: instructions === "" ? undefined : instructions,
    prompt: content,
    ...images,
    ...settings,
  });
  return { body, dropped: unsayableSettings(conversation) };
}

function onlyTurn(messages: readonly Message[]): UserMessage {
  const [first, ...rest] = messages;
  if (first?.role === "user" && rest.length === 0) return first;
  throw new ProxyError(
    "invalid_request",
    "messages: this endpoint generates from one user message only",
  );
}
