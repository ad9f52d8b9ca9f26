import type { JsonObject } from "../conversation.ts";
import { objectIn, textIn } from "../json/lenient.ts";
import { type ReportedError, readReportedError } from "../openai-chat/chat-errors.ts";
import type { StopReason } from "../reply.ts";

/** How a response ended, in the words of this dialect. */
export interface ResponseOutcome {
  readonly status: "completed" | "incomplete";
  /** Why it is incomplete. */
  readonly reason: "max_output_tokens" | "content_filter" | undefined;
}

const COMPLETED: ResponseOutcome = { status: "completed", reason: undefined };
const CUT_OFF: ResponseOutcome = { status: "incomplete", reason: "max_output_tokens" };

const OUTCOMES: Readonly<Record<StopReason, ResponseOutcome>> = {
  stop: COMPLETED,
  "stop-sequence": COMPLETED,
  "tool-calls": COMPLETED,
  unknown: COMPLETED,
  length: CUT_OFF,
  "context-exceeded": CUT_OFF,
  "content-filter": { status: "incomplete", reason: "content_filter" },
};

/** How a response ends when the model stopped for this reason. */
export function outcomeOf(reason: StopReason): ResponseOutcome {
  return OUTCOMES[reason];
}

/**
 * Why the model stopped.
 *
 * @param status as the response or its last event says it
 */
export function stopReasonOf(
  response: JsonObject,
  status: string,
  hasToolCalls: boolean,
): StopReason {
  if (status !== "incomplete") return hasToolCalls ? "tool-calls" : "stop";
  const details = objectIn(response, "incomplete_details");
  const reason = details === undefined ? undefined : textIn(details, "reason");
  if (reason === "content_filter") return "content-filter";
  return reason === "max_output_tokens" ? "length" : "unknown";
}

/**
 * The error of a response that failed, or of an answer that is nothing but an
 * error; undefined when there is none.
 */
export function failureOf(response: JsonObject): ReportedError | undefined {
  const error = readReportedError(response);
  if (error !== undefined) return { ...error, status: error.status ?? statusOfCode(response) };
  const status = textIn(response, "status");
  if (status !== "failed" && status !== "cancelled") return undefined;
  return { message: `The backend's answer is ${status}.`, status: undefined };
}

/** The status that the API's own word for an error stands for. */
function statusOfCode(response: JsonObject): number | undefined {
  const code = textIn(objectIn(response, "error") ?? response, "code");
  return code === "rate_limit_exceeded" ? 429 : undefined;
}
