/**
 * Request fields of any dialect that have a counter of their own when they are left
 * out. Clients choose the names that arrive here in part, so the list is fixed.
 */
const FIELDS = [
  "budget_tokens",
  "cache_control",
  "citations",
  "container",
  "context",
  "context_management",
  "format",
  "frequency_penalty",
  "include",
  "inference_geo",
  "keep_alive",
  "logit_bias",
  "logprobs",
  "max_tool_calls",
  "mcp_servers",
  "messages",
  "metadata",
  "min_p",
  "mirostat",
  "num_ctx",
  "parallel_tool_calls",
  "prediction",
  "presence_penalty",
  "prompt_cache_key",
  "reasoning",
  "reasoning_content",
  "reasoning_effort",
  "repeat_penalty",
  "response_format",
  "seed",
  "service_tier",
  "speed",
  "stop",
  "store",
  "strict",
  "system",
  "temperature",
  "template",
  "text",
  "think",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_logprobs",
  "top_p",
  "truncate",
  "truncation",
  "typical_p",
  "user",
  "verbosity",
] as const;

/** Names of the counters, by index; the last one stands for all other fields. */
export const DROPPED_FIELDS: readonly string[] = [...FIELDS, "other"];

const OTHER = FIELDS.length;

const INDEX: ReadonlyMap<string, number> = new Map(FIELDS.map((name, index) => [name, index]));

/**
 * The counter of a field.
 *
 * @param path as clients are told of it: `top_k`, `options.num_ctx`, `messages[2].images`
 */
export function droppedFieldIndex(path: string): number {
  const name = path.startsWith("options.") ? path.slice("options.".length) : path;
  const end = name.search(/[.[]/);
  return INDEX.get(end === -1 ? name : name.slice(0, end)) ?? OTHER;
}
