import type { JsonObject, JsonValue, Sampling } from "../conversation.ts";
import type { BackendTraits, WrittenRequest } from "../dialect.ts";
import { Fields } from "../json/fields.ts";
import { isJsonObject } from "../json/json-value.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { abilitiesOf, type SamplerNames } from "../openai-chat/backend-abilities.ts";
import { type GenerationSettings, parseSettings } from "./parse-settings.ts";

/** A prompt that the model continues as it stands: no template, no roles. */
export interface OllamaCompletion extends Pick<
  GenerationSettings,
  "stream" | "maxTokens" | "sampling" | "stop" | "dropped"
> {
  readonly model: string;
  readonly prompt: string;
  /** Text that follows the gap to fill. */
  readonly suffix: string | undefined;
}

/** Settings beyond the public API, and how Ollama calls them. */
const SAMPLERS = [
  ["topK", "top_k"],
  ["minP", "min_p"],
  ["typicalP", "typical_p"],
  ["repeatPenalty", "repeat_penalty"],
] as const;

/** Fields that only a chat has; a raw prompt is sent as it stands. */
const CHAT_FIELDS = ["system", "format", "think", "logprobs"] as const;

/** Whether a body of `POST /api/generate` asks for text completion: it has `raw` or `suffix`. */
export function isOllamaCompletion(body: JsonValue): boolean {
  if (!isJsonObject(body)) return false;
  const { raw, suffix } = body;
  return raw === true || (typeof suffix === "string" && suffix !== "");
}

/**
 * Reads a body for which `isOllamaCompletion` holds.
 *
 * @throws ProxyError `invalid_request`
 */
export function parseOllamaCompletion(body: JsonValue): OllamaCompletion {
  const fields = Fields.ofBody(body);
  const { stream, maxTokens, sampling, stop, dropped } = parseSettings(fields);
  const suffix = fields.optionalText("suffix") ?? "";
  if ((fields.optionalArray("images") ?? []).length > 0) {
    fields.refuse("images", "cannot be sent with raw or suffix");
  }
  return {
    model: fields.requiredName("model"),
    prompt: fields.optionalText("prompt") ?? "",
    suffix: suffix === "" ? undefined : suffix,
    stream,
    maxTokens,
    sampling,
    stop,
    dropped: [...CHAT_FIELDS.filter((field) => isSet(fields.value(field))), ...dropped],
  };
}

/** Writes the body of `POST /v1/completions`. */
export function writeCompletionRequest(
  { model, prompt, suffix, stream, maxTokens, sampling, stop }: OllamaCompletion,
  { type }: BackendTraits,
): WrittenRequest {
  const names = abilitiesOf(type).samplers;
  const body = withoutUndefined({
    model,
    prompt,
    suffix,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    max_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    stop: stop.length === 0 ? undefined : stop,
    ...writeSamplers(sampling, names),
  });
  const dropped = SAMPLERS.filter(
    ([field]) => sampling[field] !== undefined && names[field] === undefined,
  ).map(([, name]) => `options.${name}`);
  return { body, dropped };
}

/** What the backend understands of the settings beyond the public API, in its own words. */
function writeSamplers(sampling: Sampling, names: SamplerNames): JsonObject {
  const written: Record<string, number | undefined> = {};
  for (const [field] of SAMPLERS) {
    const name = names[field];
    if (name !== undefined) written[name] = sampling[field];
  }
  return withoutUndefined(written);
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== false && value !== "";
}
