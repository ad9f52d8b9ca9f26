import type { Conversation, JsonValue, Sampling } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { isArray, isJsonObject } from "../json/json-value.ts";
import { parseMessages } from "./parse-messages.ts";
import { parseReasoning } from "./parse-reasoning.ts";
import { parseResponseFormat, parseToolChoice, parseTools } from "./parse-tools.ts";

/** Fields that Chat Completions servers know and no other dialect can say. */
const UNTRANSLATABLE: readonly string[] = [
  "logit_bias",
  "metadata",
  "moderation",
  "prediction",
  "prompt_cache_key",
  "prompt_cache_retention",
  "service_tier",
  "store",
  "verbosity",
  "web_search_options",
  // of local servers
  "best_of",
  "cache_prompt",
  "grammar",
  "guided_choice",
  "guided_grammar",
  "guided_json",
  "guided_regex",
  "ignore_eos",
  "keep_alive",
  "length_penalty",
  "min_tokens",
  "mirostat",
  "num_ctx",
  "options",
  "prompt_logprobs",
  "stop_token_ids",
  "structured_outputs",
];

/**
 * Reads a Chat Completions request.
 *
 * @throws ProxyError `invalid_request` naming the field
 */
export function parseRequest(json: JsonValue): Conversation {
  const body = Fields.ofBody(json);
  refuseUnsupported(body);
  const { system, messages, dropped: droppedInMessages } = parseMessages(body);
  const { tools, dropped: droppedTools } = parseTools(body);
  return {
    model: body.requiredName("model"),
    system,
    messages,
    stream: body.optionalBoolean("stream") ?? false,
    includeUsage: body.optionalObject("stream_options")?.optionalBoolean("include_usage") ?? false,
    maxTokens:
      body.optionalInteger("max_completion_tokens", { min: 1 }) ??
      body.optionalInteger("max_tokens", { min: 1 }),
    sampling: parseSampling(body),
    stop: parseStop(body),
    tools,
    toolChoice: parseToolChoice(body),
    parallelToolCalls: body.optionalBoolean("parallel_tool_calls"),
    responseFormat: parseResponseFormat(body),
    reasoning: parseReasoning(body),
    user: body.optionalText("user") ?? body.optionalText("safety_identifier"),
    logprobs: parseLogprobs(body),
    dropped: [
      ...UNTRANSLATABLE.filter((name) => says(body, name)),
      ...droppedInMessages,
      ...droppedTools,
    ],
  };
}

function refuseUnsupported(body: Fields): void {
  if ((body.optionalInteger("n", { min: 1 }) ?? 1) > 1) {
    body.refuse("n", "must be 1: the selected backend gives one answer per request");
  }
  for (const name of ["functions", "function_call"]) {
    if (says(body, name)) body.refuse(name, "is not supported; use tools and tool_choice");
  }
  if (body.texts("modalities").some((modality) => modality !== "text")) {
    body.refuse("modalities", "may only hold text");
  }
}

/** Whether a field asks for something: null, false and empty values do not. */
function says(body: Fields, name: string): boolean {
  const value = body.value(name);
  if (isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== false && value !== "";
}

function parseSampling(body: Fields): Sampling {
  const topK = body.optionalInteger("top_k", { min: -1 });
  return {
    temperature: body.optionalNumber("temperature", { min: 0, max: 2 }),
    topP: body.optionalNumber("top_p", { min: 0, max: 1 }),
    // -1 is vLLM's word for all tokens, 0 everybody's.
    topK: topK === undefined ? undefined : Math.max(0, topK),
    minP: body.optionalNumber("min_p", { min: 0, max: 1 }),
    typicalP: body.optionalNumber("typical_p", { min: 0, max: 1 }),
    repeatPenalty:
      body.optionalNumber("repetition_penalty", { min: 0 }) ??
      body.optionalNumber("repeat_penalty", { min: 0 }),
    presencePenalty: body.optionalNumber("presence_penalty", { min: -2, max: 2 }),
    frequencyPenalty: body.optionalNumber("frequency_penalty", { min: -2, max: 2 }),
    seed: body.optionalInteger("seed"),
  };
}

function parseStop(body: Fields): readonly string[] {
  const stop = body.value("stop");
  const texts = typeof stop === "string" ? [stop] : body.texts("stop");
  return texts.filter((text) => text !== "");
}

function parseLogprobs(body: Fields): Conversation["logprobs"] {
  const top = body.optionalInteger("top_logprobs", { min: 0, max: 20 });
  return body.optionalBoolean("logprobs") === true ? { top } : undefined;
}
