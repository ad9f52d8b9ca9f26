import type { StopReason } from "../reply.ts";

/** What the answer holds, as far as it decides how the stop is told. */
export interface AnswerTraits {
  readonly hasToolCalls: boolean;
  readonly hasRefusal: boolean;
}

const READ: ReadonlyMap<string, StopReason> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop-sequence"],
  ["max_tokens", "length"],
  ["tool_use", "tool-calls"],
  ["refusal", "content-filter"],
  ["model_context_window_exceeded", "context-exceeded"],
]);

const WRITTEN: Readonly<Record<StopReason, string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  "context-exceeded": "model_context_window_exceeded",
  unknown: "end_turn",
};

/**
 * Reads `stop_reason`. An answer that calls tools stopped for them, also where
 * the backend speaks of a normal end or says nothing.
 */
export function parseStopReason(value: string | undefined, hasToolCalls: boolean): StopReason {
  const reason = READ.get(value ?? "") ?? "unknown";
  return hasToolCalls && (reason === "stop" || reason === "unknown") ? "tool-calls" : reason;
}

/** Writes `stop_reason`; backends end tool calls and refusals with a plain stop, too. */
export function writeStopReason(reason: StopReason, answer: AnswerTraits): string {
  if (reason !== "stop" && reason !== "unknown") return WRITTEN[reason];
  if (answer.hasToolCalls) return "tool_use";
  return answer.hasRefusal ? "refusal" : WRITTEN[reason];
}
