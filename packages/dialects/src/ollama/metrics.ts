import type { JsonObject } from "../conversation.ts";
import { toNumber } from "../json/fields.ts";
import type { ReplyTimings, StopReason, Usage } from "../reply.ts";
import { defined } from "./write-settings.ts";

const NS_PER_MS = 1_000_000;

/** What is measured of an answer here, in milliseconds since the request arrived. */
export interface MeasuredTimes {
  readonly totalMs: number;
  /** Undefined when the answer came as a whole. */
  readonly firstTokenMs: number | undefined;
}

/** Tokens that the last line states; undefined when it states none. */
export function readUsage(line: JsonObject): Usage | undefined {
  const inputTokens = countAt(line, "prompt_eval_count");
  const outputTokens = countAt(line, "eval_count");
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    // Ollama leaves a count out when it is 0.
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cachedTokens: 0,
    reasoningTokens: 0,
  };
}

/** Durations that the last line states; undefined when it states none. */
export function readTimings(line: JsonObject): ReplyTimings | undefined {
  const timings = {
    totalNs: countAt(line, "total_duration"),
    loadNs: countAt(line, "load_duration"),
    promptNs: countAt(line, "prompt_eval_duration"),
    generationNs: countAt(line, "eval_duration"),
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
  return defined({
    total_duration: totalNs,
    load_duration: loadNs,
    prompt_eval_count: usage?.inputTokens,
    prompt_eval_duration: promptNs,
    eval_count: usage?.outputTokens,
    eval_duration: Math.round(timings?.generationNs ?? restNs),
  });
}

/** Ollama counts a call of a tool as an ordinary stop; so must whoever reads its answer not. */
export function readStopReason(line: JsonObject, hasToolCalls: boolean): StopReason {
  switch (line["done_reason"]) {
    case "length":
      return "length";
    case "content_filter":
      return "content-filter";
    case undefined:
    case "":
    case "stop":
    case "load":
    case "unload":
      return hasToolCalls ? "tool-calls" : "stop";
    default:
      return "unknown";
  }
}

/** `done_reason`. Ollama itself filters nothing; the word for it is that of Chat Completions. */
export function writeDoneReason(reason: StopReason): string {
  switch (reason) {
    case "length":
    case "context-exceeded":
      return "length";
    case "content-filter":
      return "content_filter";
    case "stop":
    case "stop-sequence":
    case "tool-calls":
    case "unknown":
      return "stop";
  }
}

function toNs(stated: number | undefined, measuredMs: number): number {
  return Math.max(0, Math.round(stated ?? measuredMs * NS_PER_MS));
}

function countAt(line: JsonObject, field: string): number | undefined {
  const count = toNumber(line[field]);
  return count !== undefined && count >= 0 ? count : undefined;
}
