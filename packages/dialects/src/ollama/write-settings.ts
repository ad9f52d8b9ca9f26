import type {
  Conversation,
  JsonObject,
  JsonValue,
  Reasoning,
  ResponseFormat,
} from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";

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
  return withoutUndefined({
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

function writeOptions({ maxTokens, sampling, stop }: Conversation): JsonObject {
  return withoutUndefined({
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
  if (format.type === "json-schema") return format.schema;
  return format.type === "json" ? "json" : undefined;
}

/**
 * Only some models know levels, every thinking model knows `true`: so that is
 * said unless the client itself asks for a level.
 */
function toThink({ effort, budgetTokens }: Reasoning): JsonValue {
  if (effort === "none") return false;
  if (effort === undefined || budgetTokens !== undefined) return true;
  return effort === "minimal" ? "low" : effort;
}
