import type { Conversation, JsonObject, JsonValue } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import type { Usage } from "../reply.ts";
import { writeFormat, writeInstructions, writeTool, writeToolChoice } from "./write-settings.ts";
import { writeUsage } from "./write-usage.ts";

/** What is the same in every event of one response. */
export interface ResponseHead {
  /** `resp_…` */
  readonly id: string;
  readonly model: string;
  readonly context: ReplyContext;
}

/** What changes while a response is made. */
export interface ResponseState {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly output: readonly JsonObject[];
  readonly usage?: Usage | undefined;
  /** Reason of a response that is `incomplete`. */
  readonly incompleteReason?: string | undefined;
  /** Of a response that `failed`. */
  readonly error?: JsonObject | undefined;
}

/** The response object, as an answer of its own and inside of events. */
export function responseObject(
  { id, model, context }: ResponseHead,
  { status, output, usage, incompleteReason, error }: ResponseState,
): JsonObject {
  return {
    id,
    object: "response",
    created_at: context.createdAt,
    completed_at:
      status === "completed" ? context.createdAt + Math.round(context.elapsedMs() / 1_000) : null,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: incompleteReason === undefined ? null : { reason: incompleteReason },
    model,
    output,
    ...settings(context.conversation),
    usage: usage === undefined ? null : writeUsage(usage),
  };
}

/** An id of this dialect, the backend's own where it is one. */
export function responseId(backendId: string | undefined, { randomId }: ReplyContext): string {
  return backendId?.startsWith("resp_") === true ? backendId : `resp_${randomId()}`;
}

function settings(request: Conversation | undefined): JsonObject {
  const instructions = request === undefined ? undefined : writeInstructions(request);
  return {
    instructions: instructions ?? null,
    max_output_tokens: request?.maxTokens ?? null,
    metadata: {},
    parallel_tool_calls: request?.parallelToolCalls ?? true,
    previous_response_id: null,
    reasoning: { effort: request?.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: request?.sampling.temperature ?? null,
    text: { format: writeFormat(request?.responseFormat) },
    tool_choice: toolChoice(request),
    tools: request?.tools.map(writeTool) ?? [],
    top_p: request?.sampling.topP ?? null,
    truncation: "disabled",
    ...withoutUndefined({ top_logprobs: request?.logprobs?.top, user: request?.user }),
  };
}

function toolChoice(request: Conversation | undefined): JsonValue {
  return request?.toolChoice === undefined ? "auto" : writeToolChoice(request.toolChoice);
}
