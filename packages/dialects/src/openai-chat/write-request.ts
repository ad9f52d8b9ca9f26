import type {
  Conversation,
  JsonObject,
  JsonValue,
  Reasoning,
  ResponseFormat,
  Sampling,
  Tool,
  ToolChoice,
} from "../conversation.ts";
import type { BackendTraits, WrittenRequest } from "../dialect.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { abilitiesOf, type BackendAbilities } from "./backend-abilities.ts";
import { writeMessages } from "./write-messages.ts";

/** Most `stop` texts the hosted API takes. */
const HOSTED_STOPS = 4;

/** Thinking budgets in tokens below which an effort is enough. */
const LOW_BUDGET = 4_096;
const MEDIUM_BUDGET = 16_384;

/**
 * Writes a Chat Completions request.
 *
 * @throws ProxyError `invalid_request` for a document the backend cannot read
 */
export function writeRequest(conversation: Conversation, { type }: BackendTraits): WrittenRequest {
  const abilities = abilitiesOf(type);
  const { messages, dropped } = writeMessages(conversation, abilities);
  const samplers = writeSamplers(conversation.sampling, abilities);
  const reasoning = writeReasoning(conversation.reasoning, abilities);
  const { isHosted } = abilities;
  const { stop, maxTokens, stream, logprobs } = conversation;
  const body = withoutUndefined({
    model: conversation.model,
    messages,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    max_tokens: isHosted ? undefined : maxTokens,
    max_completion_tokens: isHosted ? maxTokens : undefined,
    ...samplers.fields,
    stop: stop.length === 0 ? undefined : stop.slice(0, isHosted ? HOSTED_STOPS : undefined),
    ...writeTools(conversation),
    response_format: writeResponseFormat(conversation.responseFormat, abilities),
    ...reasoning.fields,
    user: conversation.user,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs?.top,
    ...continuation(messages, abilities),
  });
  const leftOut = [
    ...dropped,
    ...samplers.dropped,
    ...reasoning.dropped,
    ...(isHosted && stop.length > HOSTED_STOPS ? ["stop"] : []),
  ];
  return { body, dropped: leftOut };
}

interface WrittenFields {
  readonly fields: Readonly<Record<string, JsonValue | undefined>>;
  readonly dropped: readonly string[];
}

function writeSamplers(sampling: Sampling, { samplers }: BackendAbilities): WrittenFields {
  const fields: Record<string, JsonValue | undefined> = {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
  };
  const dropped: string[] = [];
  const extensions = [
    { word: "top_k", name: samplers.topK, value: sampling.topK },
    { word: "min_p", name: samplers.minP, value: sampling.minP },
    { word: "typical_p", name: samplers.typicalP, value: sampling.typicalP },
    { word: "repeat_penalty", name: samplers.repeatPenalty, value: sampling.repeatPenalty },
  ];
  for (const { word, name, value } of extensions) {
    if (value === undefined) continue;
    if (name === undefined) dropped.push(word);
    else fields[name] = value;
  }
  return { fields, dropped };
}

function writeTools(
  conversation: Pick<Conversation, "tools" | "toolChoice" | "parallelToolCalls">,
): Readonly<Record<string, JsonValue | undefined>> {
  const { tools, toolChoice, parallelToolCalls } = conversation;
  // The public API refuses the other two without tools.
  if (tools.length === 0) return {};
  return {
    tools: tools.map(writeTool),
    tool_choice: writeToolChoice(toolChoice),
    parallel_tool_calls: parallelToolCalls,
  };
}

function writeTool({ name, description, parameters, strict }: Tool): JsonObject {
  const schema = parameters ?? { type: "object", properties: {} };
  return {
    type: "function",
    function: withoutUndefined({ name, description, parameters: schema, strict }),
  };
}

function writeToolChoice(choice: ToolChoice | undefined): JsonValue | undefined {
  if (choice?.type !== "tool") return choice?.type;
  return { type: "function", function: { name: choice.name } };
}

function writeResponseFormat(
  format: ResponseFormat | undefined,
  { takesJsonObject }: BackendAbilities,
): JsonObject | undefined {
  if (format === undefined || format.type === "text") return undefined;
  if (format.type === "json-schema") {
    const { name, schema, strict } = format;
    return { type: "json_schema", json_schema: withoutUndefined({ name, schema, strict }) };
  }
  if (takesJsonObject) return { type: "json_object" };
  return { type: "json_schema", json_schema: { name: "response", schema: { type: "object" } } };
}

function writeReasoning(
  reasoning: Reasoning | undefined,
  { isHosted, thinkingSwitch }: BackendAbilities,
): WrittenFields {
  const effort = reasoning?.effort ?? effortOf(reasoning?.budgetTokens);
  if (effort === undefined) return { fields: {}, dropped: [] };
  if (effort !== "none") {
    // Words beyond these three differ between servers and their versions.
    const known = effort === "max" ? "high" : effort === "minimal" && !isHosted ? "low" : effort;
    return { fields: { reasoning_effort: known }, dropped: [] };
  }
  if (thinkingSwitch === "template") {
    return { fields: { chat_template_kwargs: { enable_thinking: false } }, dropped: [] };
  }
  if (thinkingSwitch === "effort") return { fields: { reasoning_effort: "none" }, dropped: [] };
  // Models that do not think at all would refuse the word.
  return { fields: {}, dropped: ["reasoning_effort"] };
}

function effortOf(budgetTokens: number | undefined): "low" | "medium" | "high" | undefined {
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens < LOW_BUDGET) return "low";
  return budgetTokens < MEDIUM_BUDGET ? "medium" : "high";
}

/** What makes vLLM continue the last message instead of beginning a new one behind it. */
function continuation(
  messages: readonly JsonObject[],
  { asksToContinue }: BackendAbilities,
): JsonObject {
  const last = messages.at(-1);
  if (!asksToContinue || last?.["role"] !== "assistant") return {};
  const { content, tool_calls: calls } = last;
  const isPrefill = typeof content === "string" && content !== "" && calls === undefined;
  return isPrefill ? { continue_final_message: true, add_generation_prompt: false } : {};
}
