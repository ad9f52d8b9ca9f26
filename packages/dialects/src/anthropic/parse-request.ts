import type { Conversation, JsonValue, ResponseFormat } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { DroppedNames } from "./dropped-names.ts";
import { parseTexts, readContent } from "./parse-blocks.ts";
import { parseMessages } from "./parse-messages.ts";
import { parseTools } from "./parse-tools.ts";
import { parseReasoning } from "./reasoning.ts";

/** Fields that mean something to Anthropic's own service alone. */
const HOSTED_FIELDS = [
  "cache_control",
  "container",
  "context_management",
  "inference_geo",
  "mcp_servers",
  "service_tier",
  "speed",
];

/**
 * Reads the body of `POST /v1/messages`.
 *
 * @throws ProxyError `invalid_request` naming the field: `max_tokens: must be an integer of at least 1`
 */
export function parseRequest(body: JsonValue): Conversation {
  const fields = Fields.ofBody(body);
  const conversation = readConversation(fields);
  if (conversation.maxTokens !== undefined) return conversation;
  return fields.refuse("max_tokens", "is required and must be an integer of at least 1");
}

/**
 * Reads the body of `POST /v1/messages/count_tokens`, which has no `max_tokens`.
 *
 * @throws ProxyError `invalid_request` naming the field
 */
export function parseTokenCountRequest(body: JsonValue): Conversation {
  return readConversation(Fields.ofBody(body));
}

function readConversation(fields: Fields): Conversation {
  const dropped = new DroppedNames();
  for (const name of HOSTED_FIELDS) if (fields.has(name)) dropped.add(name);
  return {
    model: fields.requiredName("model"),
    messages: parseMessages(fields, dropped),
    system: parseSystem(fields, dropped),
    maxTokens: fields.optionalInteger("max_tokens", { min: 1 }),
    stream: fields.optionalBoolean("stream") ?? false,
    // Every stream of this dialect ends with usage.
    includeUsage: true,
    sampling: {
      // Anthropic stops at 1; other backends go on to 2.
      temperature: fields.optionalNumber("temperature", { min: 0, max: 2 }),
      topP: fields.optionalNumber("top_p", { min: 0, max: 1 }),
      topK: fields.optionalInteger("top_k", { min: 0 }),
    },
    stop: fields.texts("stop_sequences"),
    ...parseTools(fields, dropped),
    reasoning: parseReasoning(fields, dropped),
    responseFormat: parseFormat(fields),
    user: fields.optionalObject("metadata")?.optionalText("user_id"),
    logprobs: undefined,
    dropped: dropped.list(),
  };
}

function parseSystem(fields: Fields, dropped: DroppedNames): readonly string[] {
  if (!fields.has("system")) return [];
  const content = readContent(fields, "system");
  const texts = typeof content === "string" ? [content] : parseTexts(content, dropped);
  return texts.filter((text) => text !== "");
}

/** `output_format` is where older clients put `output_config.format`. */
function parseFormat(fields: Fields): ResponseFormat | undefined {
  const format =
    fields.optionalObject("output_config")?.optionalObject("format") ??
    fields.optionalObject("output_format");
  if (format === undefined) return undefined;
  format.optionalChoice("type", ["json_schema"]);
  return {
    type: "json-schema",
    name: format.optionalText("name") ?? "response",
    schema: format.requiredObject("schema").object,
    strict: format.optionalBoolean("strict"),
  };
}
