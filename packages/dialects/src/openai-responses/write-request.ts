import type { Conversation, JsonObject, JsonValue, Sampling } from "../conversation.ts";
import type { BackendTraits, WrittenRequest } from "../dialect.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { responsesTraits, type ResponsesTraits } from "./responses-traits.ts";
import { writeInput } from "./write-input.ts";
import {
  writeEffort,
  writeFormat,
  writeInstructions,
  writeTool,
  writeToolChoice,
} from "./write-settings.ts";

/** Settings of the sampler that only some backends know, with the name that clients use most. */
const EXTRA_SAMPLING = [
  ["topK", "top_k"],
  ["minP", "min_p"],
  ["typicalP", "typical_p"],
  ["repeatPenalty", "repeat_penalty"],
  ["presencePenalty", "presence_penalty"],
  ["frequencyPenalty", "frequency_penalty"],
  ["seed", "seed"],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

/**
 * Writes the body of `POST /v1/responses`. The backend is asked to store nothing.
 *
 * @throws ProxyError `invalid_request` for content the backend cannot take, and for a tool result
 *   that belongs to no call
 */
export function writeRequest(conversation: Conversation, backend: BackendTraits): WrittenRequest {
  const traits = responsesTraits(backend);
  const { model, stream, maxTokens, sampling, user } = conversation;
  const input = writeInput(conversation.messages, traits);
  const extra = writeExtras(conversation, traits);
  const reasoning = writeReasoning(conversation, traits);
  const logprobs = writeLogprobs(conversation, traits);
  const body = withoutUndefined({
    model,
    instructions: writeInstructions(conversation),
    input: traits.continuesMessage ? markUnfinished(input.items) : input.items,
    max_output_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    ...writeTools(conversation),
    text: writeText(conversation),
    ...reasoning.fields,
    ...logprobs.fields,
    user,
    ...extra.fields,
    store: false,
    stream,
  });
  const dropped = [...input.dropped, ...extra.dropped, ...reasoning.dropped, ...logprobs.dropped];
  return { body, dropped };
}

interface WrittenFields {
  readonly fields: JsonObject;
  readonly dropped: readonly string[];
}

function writeTools({ tools, toolChoice, parallelToolCalls }: Conversation): JsonObject {
  // The public API refuses the other two without tools.
  if (tools.length === 0) return {};
  return withoutUndefined({
    tools: tools.map(writeTool),
    tool_choice: toolChoice === undefined ? undefined : writeToolChoice(toolChoice),
    parallel_tool_calls: parallelToolCalls,
  });
}

function writeText({ responseFormat }: Conversation): JsonObject | undefined {
  if (responseFormat === undefined || responseFormat.type === "text") return undefined;
  return { format: writeFormat(responseFormat) };
}

function writeReasoning(
  { reasoning }: Conversation,
  { switchesThinkingOff }: ResponsesTraits,
): WrittenFields {
  if (reasoning?.effort === "none") {
    return switchesThinkingOff
      ? { fields: { chat_template_kwargs: { enable_thinking: false } }, dropped: [] }
      : // Models that do not think at all would refuse the word.
        { fields: {}, dropped: ["reasoning_effort"] };
  }
  const effort = writeEffort(reasoning);
  return { fields: effort === undefined ? {} : { reasoning: { effort } }, dropped: [] };
}

function writeLogprobs(
  { logprobs }: Conversation,
  { givesLogprobs }: ResponsesTraits,
): WrittenFields {
  if (logprobs === undefined) return { fields: {}, dropped: [] };
  if (!givesLogprobs) return { fields: {}, dropped: ["logprobs"] };
  const include = ["message.output_text.logprobs"];
  return { fields: withoutUndefined({ include, top_logprobs: logprobs.top }), dropped: [] };
}

function writeExtras({ sampling, stop }: Conversation, traits: ResponsesTraits): WrittenFields {
  const fields: Record<string, JsonValue> = {};
  const dropped: string[] = [];
  for (const [key, usualName] of EXTRA_SAMPLING) {
    const value = sampling[key];
    const name = traits.sampling[key];
    if (value === undefined) continue;
    if (name === undefined) dropped.push(usualName);
    else fields[name] = value;
  }
  if (stop.length > 0 && traits.takesStop) fields["stop"] = stop;
  else if (stop.length > 0) dropped.push("stop");
  return { fields, dropped };
}

/** Marks a last message of the assistant as one to be continued. */
function markUnfinished(items: readonly JsonObject[]): readonly JsonObject[] {
  const last = items.at(-1);
  if (last?.["role"] !== "assistant" || typeof last["content"] !== "string") return items;
  const content = [{ type: "output_text", text: last["content"], annotations: [] }];
  const marked = { ...last, id: `msg_${items.length - 1}`, status: "incomplete", content };
  return [...items.slice(0, -1), marked];
}
