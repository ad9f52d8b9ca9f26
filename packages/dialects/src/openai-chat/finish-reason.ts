import type { JsonObject } from "../conversation.ts";
import type { StopReason } from "../reply.ts";

/** Why an answer ended, and the text that ended it. */
export interface Finish {
  readonly reason: StopReason;
  readonly stopSequence: string | undefined;
}

/** Of the public API, then the words of other servers. */
const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "stop"],
  ["length", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  // TGI
  ["eos_token", "stop"],
  ["stop_sequence", "stop-sequence"],
  // Mistral
  ["model_length", "length"],
]);

/**
 * Reasons of an answer that was cut off: vLLM sends `abort` when it is shut down
 * and `error` when its engine fails, DeepSeek the last one when it is overloaded.
 */
const CUT_OFF: ReadonlySet<string> = new Set(["abort", "error", "insufficient_system_resource"]);

/** Whether a `finish_reason` says that the answer is not complete. */
export function isCutOff(finishReason: string): boolean {
  return CUT_OFF.has(finishReason);
}

/**
 * Reads how a choice ended.
 *
 * @param choice with `finish_reason`; vLLM adds the stop text as `stop_reason`, SGLang as
 *   `matched_stop`, both also use them for numbers of tokens
 * @param hasCalls whether the answer holds tool calls: several servers say `stop` after them
 */
export function readFinish(choice: JsonObject, hasCalls: boolean): Finish {
  const stated = choice["finish_reason"];
  const reason = (typeof stated === "string" ? STOP_REASONS.get(stated) : undefined) ?? "unknown";
  const isOrdinary = reason === "stop" || reason === "unknown";
  if (hasCalls && isOrdinary) return { reason: "tool-calls", stopSequence: undefined };
  const stopText = choice["stop_reason"] ?? choice["matched_stop"];
  if (reason === "stop" && typeof stopText === "string") {
    return { reason: "stop-sequence", stopSequence: stopText };
  }
  return { reason, stopSequence: undefined };
}

const FINISH_REASONS: Readonly<Record<StopReason, string>> = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  "context-exceeded": "length",
  unknown: "stop",
};

/** The `finish_reason` of an answer; one with tool calls never says `stop`. */
export function toFinishReason(reason: StopReason, hasCalls: boolean): string {
  const word = FINISH_REASONS[reason];
  return hasCalls && word === "stop" ? "tool_calls" : word;
}
