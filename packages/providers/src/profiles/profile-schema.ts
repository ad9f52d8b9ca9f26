import type { ModelListFormat, Operation } from "@olla-ts/core";

/** Values without parts. */
export type ScalarKind = "text" | "flag" | "number" | "duration" | "path" | "path-or-none" | "port";

/** What may stand at one place of a profile. */
export type Shape =
  | { readonly is: "scalar"; readonly of: ScalarKind }
  /** One of the values; another one is a warning and reads as `otherwise`, or an error without it. */
  | { readonly is: "choice"; readonly values: readonly string[]; readonly otherwise?: string }
  | { readonly is: "list"; readonly of: Shape }
  | { readonly is: "map"; readonly keys: Readonly<Record<string, Shape>> }
  /** Keys of the author's own choice. */
  | { readonly is: "open-map"; readonly of: Shape }
  /** Accepted as it is. */
  | { readonly is: "anything" };

/** Every format of core, so that a new one without a line here does not compile. */
const FORMATS: Readonly<Record<ModelListFormat, true>> = {
  "docker-model-runner": true,
  lemonade: true,
  llamacpp: true,
  lmdeploy: true,
  lmstudio: true,
  ollama: true,
  openai: true,
  sglang: true,
  vllm: true,
  "vllm-mlx": true,
};

const OPERATIONS: Readonly<Record<Operation, true>> = {
  chat: true,
  completions: true,
  embeddings: true,
  responses: true,
  messages: true,
  count_tokens: true,
  models: true,
  rerank: true,
  tokenize: true,
  detokenize: true,
  ollama_chat: true,
  ollama_generate: true,
  ollama_embed: true,
  ollama_embeddings: true,
};

/** Model-list formats by the names that profiles use. */
export const MODEL_LIST_FORMATS: readonly string[] = Object.keys(FORMATS);

/** Operations that a profile can map to a path of its own. */
export const OPERATION_NAMES: readonly string[] = Object.keys(OPERATIONS);

/** Whether the text names a model-list format. */
export function isModelListFormat(text: string): text is ModelListFormat {
  return Object.hasOwn(FORMATS, text);
}

/** Whether the text names an operation. */
export function isOperation(text: string): text is Operation {
  return Object.hasOwn(OPERATIONS, text);
}

const scalar = (of: ScalarKind): Shape => ({ is: "scalar", of });
const text = scalar("text");
const flag = scalar("flag");
const number = scalar("number");
const path = scalar("path");
const pathOrNone = scalar("path-or-none");
const anything: Shape = { is: "anything" };
const list = (of: Shape): Shape => ({ is: "list", of });
const map = (keys: Readonly<Record<string, Shape>>): Shape => ({ is: "map", keys });
const open = (of: Shape): Shape => ({ is: "open-map", of });
const choice = (otherwise: string, ...others: readonly string[]): Shape => ({
  is: "choice",
  values: [otherwise, ...others],
  otherwise,
});
const texts = list(text);

const memory = {
  min_memory_gb: number,
  recommended_memory_gb: number,
  min_gpu_memory_gb: number,
  estimated_load_time_ms: number,
} as const satisfies Readonly<Record<string, Shape>>;

const api = map({
  openai_compatible: flag,
  paths: list(path),
  admin_paths: list(path),
  model_discovery_path: path,
  loaded_models_path: path,
  health_check_path: path,
  metrics_path: path,
  stats_path: path,
  props_path: path,
  slots_path: path,
  anthropic_support: map({
    enabled: flag,
    messages_path: path,
    token_count: flag,
    min_version: text,
    limitations: texts,
  }),
});

const resources = map({
  model_sizes: list(map({ patterns: texts, ...memory })),
  quantization: map({ multipliers: open(number) }),
  defaults: map({ ...memory, requires_gpu: flag }),
  concurrency_limits: list(map({ min_memory_gb: number, max_concurrent: number })),
  timeout_scaling: map({ base_timeout_seconds: number, load_time_buffer: flag }),
});

const metrics = map({
  extraction: map({
    enabled: flag,
    source: choice("response_body", "response_headers"),
    format: choice("json"),
    paths: open(text),
    calculations: open(text),
    headers: open(text),
  }),
});

/** Every key of a profile. Some are for later versions or for people; they are checked all the same. */
export const PROFILE_SHAPE: Shape = map({
  name: text,
  extends: text,
  aliases: texts,
  version: text,
  display_name: text,
  description: text,
  home: text,
  health: { is: "choice", values: ["none"] },
  routing: map({ prefixes: texts }),
  api,
  operations: map({
    ...Object.fromEntries(OPERATION_NAMES.map((name) => [name, pathOrNone])),
    transcriptions: pathOrNone,
  }),
  characteristics: map({
    timeout: scalar("duration"),
    max_concurrent_requests: number,
    default_priority: number,
    streaming_support: flag,
    auth: map({ required: flag, types: texts, default_header: text }),
  }),
  detection: map({
    user_agent_patterns: texts,
    headers: texts,
    response_patterns: texts,
    path_indicators: texts,
    default_ports: list(scalar("port")),
  }),
  models: map({
    name_format: text,
    capability_patterns: open(texts),
    context_patterns: list(map({ pattern: text, context: number })),
  }),
  request: map({
    response_format: { is: "choice", values: MODEL_LIST_FORMATS, otherwise: "openai" },
    model_field_paths: texts,
    parsing_rules: open(anything),
  }),
  path_indices: open(number),
  resources,
  metrics,
  features: anything,
  security: anything,
  performance: anything,
  deployment: anything,
  provider_prefixes: anything,
});
