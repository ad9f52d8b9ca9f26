import type {
  Conversation,
  JsonObject,
  JsonValue,
  Reasoning,
  ResponseFormat,
} from "../conversation.ts";

/**
 * The fields of a request that are not its messages.
 *
 * Ollama's own defaults of the sampler come from each model's file; the other
 * dialects promise 1 for temperature and top_p, so that is sent when the client
 * states none, as Ollama's OpenAI layer does.
 */
export function writeSettings(conversation: Conversation): JsonObject {
  const { model, stream, responseFormat, reasoning, logprobs } = conversation;
  const format = responseFormat === undefined ? undefined : toFormat(responseFormat);
  return defined({
    model,
    stream,
    format,
    think: reasoning === undefined ? undefined : toThink(reasoning),
    options: writeOptions(conversation),
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs?.top,
  });
}

/** Fields of a conversation that Ollama has no word for, whatever the operation. */
export function unsayableSettings({ reasoning, user }: Conversation): readonly string[] {
  const unsayable: string[] = [];
  if (user !== undefined) unsayable.push("user");
  if (reasoning?.budgetTokens !== undefined) unsayable.push("budget_tokens");
  return unsayable;
}

/** The object without the fields that are undefined. */
export function defined(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function writeOptions({ maxTokens, sampling, stop }: Conversation): JsonObject {
  return defined({
    num_predict: maxTokens,
    temperature: sampling.temperature ?? 1,
    top_p: sampling.topP ?? 1,
    top_k: sampling.topK,
    min_p: sampling.minP,
    typical_p: sampling.typicalP,
    repeat_penalty: sampling.repeatPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    stop: stop.length === 0 ? undefined : stop,
  });
}

function toFormat(format: ResponseFormat): JsonValue | undefined {
  switch (format.type) {
    case "text":
      return undefined;
    case "json":
      return "json";
    case "json-schema":
      return format.schema;
  }
}

/** Only some models know levels, every thinking model knows `true`: a budget alone becomes that. */
function toThink({ effort }: Reasoning): JsonValue {
  switch (effort) {
    case undefined:
      return true;
    case "none":
      return false;
    case "minimal":
      return "low";
    case "low":
    case "medium":
    case "high":
    case "max":
      return effort;
  }
}
