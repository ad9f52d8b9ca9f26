import type {
  Conversation,
  JsonValue,
  Reasoning,
  ReasoningEffort,
  ResponseFormat,
} from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { isArray, isJsonObject } from "../json/json-value.ts";
import { parseInput } from "./parse-input.ts";
import { parseTools, type BuiltInTools } from "./parse-tools.ts";

/** Fields that would need something stored between requests. */
const STORED_STATE = {
  previous_response_id: "cannot be used, responses are not kept here; send all items in input",
  conversation: "cannot be used, conversations are not kept here; send all items in input",
  prompt: "cannot be used, prompts are not kept here; send instructions and input",
} as const;

/** Known fields without a counterpart, and the value that asks for nothing special. */
const UNREPRESENTED: Readonly<Record<string, JsonValue | undefined>> = {
  context_management: undefined,
  max_tool_calls: undefined,
  metadata: undefined,
  moderation: undefined,
  prompt_cache_key: undefined,
  prompt_cache_options: undefined,
  prompt_cache_retention: undefined,
  safety_identifier: undefined,
  service_tier: "auto",
  store: false,
  truncation: "disabled",
};

const LOGPROBS = "message.output_text.logprobs";
/** Written with every answer that has it, so asking for it is always honoured. */
const ENCRYPTED_REASONING = "reasoning.encrypted_content";

const EFFORTS: Readonly<Record<string, ReasoningEffort>> = {
  none: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "max",
  max: "max",
};

/**
 * Reads the body of `POST /v1/responses`.
 *
 * @throws ProxyError `invalid_request` naming the field and what is allowed
 */
export function parseRequest(body: JsonValue, builtInTools: BuiltInTools): Conversation {
  const fields = Fields.ofBody(body);
  const model = fields.requiredName("model");
  refuseStoredState(fields);
  const input = parseInput(fields);
  const { tools, toolChoice, dropped } = parseTools(fields, builtInTools);
  const include = fields.texts("include");
  const text = fields.optionalObject("text");
  const reasoning = fields.optionalObject("reasoning");
  return {
    model,
    system: input.system,
    messages: input.messages,
    stream: fields.optionalBoolean("stream") ?? false,
    // The last event of this dialect always tells the usage.
    includeUsage: true,
    maxTokens: fields.optionalInteger("max_output_tokens", { min: 1 }),
    sampling: {
      temperature: fields.optionalNumber("temperature", { min: 0, max: 2 }),
      topP: fields.optionalNumber("top_p", { min: 0, max: 1 }),
    },
    stop: [],
    tools,
    toolChoice,
    parallelToolCalls: fields.optionalBoolean("parallel_tool_calls"),
    responseFormat: parseFormat(text?.optionalObject("format")),
    reasoning: parseReasoning(reasoning),
    user: fields.optionalText("user"),
    logprobs: parseLogprobs(fields, include),
    dropped: [
      ...unrepresented(fields),
      ...(include.some((one) => one !== LOGPROBS && one !== ENCRYPTED_REASONING)
        ? ["include"]
        : []),
      ...unrepresentedInside(text, reasoning),
      ...dropped,
    ],
  };
}

function refuseStoredState(fields: Fields): void {
  for (const [key, must] of Object.entries(STORED_STATE)) {
    if (fields.has(key)) fields.refuse(key, must);
  }
  if (fields.optionalBoolean("background") === true) {
    fields.refuse("background", "must be false, responses are not kept here");
  }
}

function parseFormat(format: Fields | undefined): ResponseFormat | undefined {
  if (format === undefined) return undefined;
  const type = format.optionalChoice("type", ["text", "json_object", "json_schema"]);
  if (type === undefined) return format.refuse("type", "is required");
  if (type === "text") return { type };
  if (type === "json_object") return { type: "json" };
  return {
    type: "json-schema",
    name: format.requiredName("name"),
    schema: format.requiredObject("schema").object,
    strict: format.optionalBoolean("strict"),
  };
}

function parseReasoning(reasoning: Fields | undefined): Reasoning | undefined {
  const effort = reasoning?.optionalChoice("effort", Object.keys(EFFORTS));
  return effort === undefined ? undefined : { effort: EFFORTS[effort], budgetTokens: undefined };
}

function parseLogprobs(fields: Fields, include: readonly string[]): Conversation["logprobs"] {
  const top = fields.optionalInteger("top_logprobs", { min: 0, max: 20 });
  return include.includes(LOGPROBS) || (top ?? 0) > 0 ? { top } : undefined;
}

function unrepresented(fields: Fields): readonly string[] {
  return Object.entries(UNREPRESENTED)
    .filter(([key, usual]) => {
      const value = fields.value(key);
      return value !== undefined && value !== usual && !isEmpty(value);
    })
    .map(([key]) => key);
}

function unrepresentedInside(
  text: Fields | undefined,
  reasoning: Fields | undefined,
): readonly string[] {
  const paths: string[] = [];
  const verbosity = text?.optionalText("verbosity");
  if (verbosity !== undefined && verbosity !== "medium") paths.push("text.verbosity");
  if (text?.optionalObject("format")?.has("description") === true) {
    paths.push("text.format.description");
  }
  if (reasoning?.has("summary") === true) paths.push("reasoning.summary");
  return paths;
}

function isEmpty(value: JsonValue): boolean {
  if (isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
