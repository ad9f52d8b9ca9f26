import type { Conversation, Reasoning, ResponseFormat, Sampling } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { isJsonObject } from "../json/json-value.ts";

/** What `/api/chat` and `/api/generate` say in the same words about how to answer. */
export type GenerationSettings = Pick<
  Conversation,
  | "stream"
  | "maxTokens"
  | "sampling"
  | "stop"
  | "responseFormat"
  | "reasoning"
  | "logprobs"
  | "dropped"
>;

/** Fields of Ollama's API that no other dialect has; they concern its runner, not the answer. */
const RUNNER_FIELDS = ["keep_alive", "truncate", "shift", "template", "context"] as const;

/** Likewise inside `options`. */
const RUNNER_OPTIONS = [
  "num_ctx",
  "num_keep",
  "num_batch",
  "num_gpu",
  "num_thread",
  "main_gpu",
  "low_vram",
  "f16_kv",
  "use_mmap",
  "use_mlock",
  "vocab_only",
  "numa",
  "repeat_last_n",
  "tfs_z",
  "mirostat",
  "mirostat_tau",
  "mirostat_eta",
  "penalize_newline",
] as const;

/** Levels of `think`, beside true and false. */
const LEVELS = ["low", "medium", "high", "max"] as const;

/** Name for the schema of `format`, which has none in Ollama. */
const SCHEMA_NAME = "response";

/** Most alternatives per token, as Ollama bounds it. */
const MAX_TOP_LOGPROBS = 20;

/** @throws ProxyError `invalid_request` */
export function parseSettings(body: Fields): GenerationSettings {
  const options = body.optionalObject("options");
  return {
    // Ollama streams unless told otherwise.
    stream: body.optionalBoolean("stream") ?? true,
    maxTokens: parseMaxTokens(options),
    sampling: options === undefined ? {} : parseSampling(options),
    stop: options === undefined ? [] : parseStop(options),
    responseFormat: parseFormat(body),
    reasoning: parseThink(body),
    logprobs: parseLogprobs(body),
    dropped: [
      ...RUNNER_FIELDS.filter((field) => body.has(field)),
      ...RUNNER_OPTIONS.filter((option) => options?.has(option)).map((name) => `options.${name}`),
    ],
  };
}

/** `num_predict` −1 (no limit) and −2 (until the context is full) leave it to the backend. */
function parseMaxTokens(options: Fields | undefined): number | undefined {
  const limit = options?.optionalInteger("num_predict");
  return limit === undefined || limit < 1 ? undefined : limit;
}

function parseSampling(options: Fields): Sampling {
  return {
    temperature: options.optionalNumber("temperature", { min: 0 }),
    topP: options.optionalNumber("top_p"),
    topK: options.optionalInteger("top_k"),
    minP: options.optionalNumber("min_p"),
    typicalP: options.optionalNumber("typical_p"),
    repeatPenalty: options.optionalNumber("repeat_penalty"),
    presencePenalty: options.optionalNumber("presence_penalty"),
    frequencyPenalty: options.optionalNumber("frequency_penalty"),
    seed: options.optionalInteger("seed"),
  };
}

function parseStop(options: Fields): readonly string[] {
  const stop = options.value("stop");
  return typeof stop === "string" ? [stop] : options.texts("stop");
}

function parseFormat(body: Fields): ResponseFormat | undefined {
  const format = body.value("format");
  // Clients in Go send an empty text for no format.
  if (format === undefined || format === "") return undefined;
  if (format === "json") return { type: "json" };
  if (!isJsonObject(format)) return body.refuse("format", 'must be "json" or a JSON schema');
  return { type: "json-schema", name: SCHEMA_NAME, schema: format, strict: undefined };
}

function parseThink(body: Fields): Reasoning | undefined {
  const think = body.value("think");
  if (think === undefined) return undefined;
  if (think === true) return { effort: undefined, budgetTokens: undefined };
  if (think === false) return { effort: "none", budgetTokens: undefined };
  const effort = LEVELS.find((level) => level === think);
  if (effort !== undefined) return { effort, budgetTokens: undefined };
  return body.refuse("think", `must be true, false or one of ${LEVELS.join(", ")}`);
}

function parseLogprobs(body: Fields): Conversation["logprobs"] {
  const top = body.optionalInteger("top_logprobs", { min: 0, max: MAX_TOP_LOGPROBS });
  return body.optionalBoolean("logprobs") === true ? { top } : undefined;
}
