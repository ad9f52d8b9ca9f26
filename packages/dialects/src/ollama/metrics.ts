import type { JsonObject } from "../conversation.ts";
import { toCount } from "../json/json-value.ts";
import { textIn } from "../json/lenient.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import type { ReplyTimings, StopReason, Usage } from "../reply.ts";

const NS_PER_MS = 1_000_000;

/** Old servers state none; `load` and `unload` answer requests that say nothing. */
const ORDINARY_STOPS: readonly string[] = ["", "stop", "load", "unload"];

/** Ollama itself filters nothing: the word for that is the one of Chat Completions. */
const DONE_REASONS: Readonly<Record<StopReason, string>> = {
  stop: "stop",
  "stop-sequence": "stop",
  "tool-calls": "stop",
  length: "length",
  "context-exceeded": "length",
  "content-filter": "content_filter",
  unknown: "stop",
};

/** What is measured of an answer here, in milliseconds since the request arrived. */
export interface MeasuredTimes {
  readonly totalMs: number;
  /** Undefined when the answer came as a whole. */
  readonly firstTokenMs: number | undefined;
}

/** Tokens that the last line states; undefined when it states none. */
export function readUsage(line: JsonObject): Usage | undefined {
  const inputTokens = toCount(line["prompt_eval_count"]);
  const outputTokens = toCount(line["eval_count"]);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    // Ollama leaves a count out when it is 0, as that of a prompt from the cache.
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cachedTokens: 0,
    reasoningTokens: 0,
  };
}

/** Durations that the last line states; undefined when it states none. */
export function readTimings(line: JsonObject): ReplyTimings | undefined {
  const timings = {
    totalNs: toCount(line["total_duration"]),
    loadNs: toCount(line["load_duration"]),
    promptNs: toCount(line["prompt_eval_duration"]),
    generationNs: toCount(line["eval_duration"]),
  };
  return Object.values(timings).every((ns) => ns === undefined) ? undefined : timings;
}

/**
 * Counts and durations of a last line, all integers. What the backend does not
 * time itself is taken from the gateway's clock: prompt until the first token,
 * generation from there.
 */
export function writeMetrics(
  usage: Usage | undefined,
  timings: ReplyTimings | undefined,
  { totalMs, firstTokenMs }: MeasuredTimes,
): JsonObject {
  const totalNs = toNs(timings?.totalNs, totalMs);
  const loadNs = toNs(timings?.loadNs, 0);
  const promptNs = toNs(timings?.promptNs, firstTokenMs ?? 0);
  const restNs = Math.max(0, totalNs - loadNs - promptNs);
  return withoutUndefined({
    total_duration: totalNs,
    load_duration: loadNs,
    prompt_eval_count: usage?.inputTokens,
    prompt_eval_duration: promptNs,
    eval_count: usage?.outputTokens,
    eval_duration: Math.round(timings?.generationNs ?? restNs),
  });
}

/** Ollama calls it an ordinary stop when the model calls tools. */
export function readStopReason(line: JsonObject, hasToolCalls: boolean): StopReason {
  const reason = textIn(line, "done_reason") ?? "";
  if (ORDINARY_STOPS.includes(reason)) return hasToolCalls ? "tool-calls" : "stop";
  if (reason === "length") return "length";
  return reason === "content_filter" ? "content-filter" : "unknown";
}

/** `done_reason` of a last line. */
export function writeDoneReason(reason: StopReason): string {
  return DONE_REASONS[reason];
}

function toNs(stated: number | undefined, measuredMs: number): number {
  return Math.max(0, Math.round(stated ?? measuredMs * NS_PER_MS));
}
