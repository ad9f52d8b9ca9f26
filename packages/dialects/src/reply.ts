import type { ErrorCode } from "@olla-ts/core";

import type { RefusalPart, TextPart, ThinkingPart, ToolCallPart } from "./conversation.ts";

/** Why a model stopped. */
export type StopReason =
  | "stop"
  | "stop-sequence"
  | "length"
  | "tool-calls"
  | "content-filter"
  | "context-exceeded"
  | "unknown";

/** Tokens of one request and its answer. */
export interface Usage {
  /** Of the prompt, cached ones included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of `inputTokens`, those that came from a cache. */
  readonly cachedTokens: number;
  /** Of `outputTokens`, those spent on thinking. */
  readonly reasoningTokens: number;
}

/** Durations a backend states itself, in nanoseconds. */
export interface ReplyTimings {
  readonly totalNs?: number | undefined;
  readonly loadNs?: number | undefined;
  readonly promptNs?: number | undefined;
  readonly generationNs?: number | undefined;
}

export type ReplyPart = ThinkingPart | TextPart | RefusalPart | ToolCallPart;

/** A complete answer. */
export interface Reply {
  /** As the backend names it; undefined when it does not. */
  readonly id: string | undefined;
  /** Empty when the backend does not say. */
  readonly model: string;
  /** In order. */
  readonly parts: readonly ReplyPart[];
  readonly stopReason: StopReason;
  /** The text that ended the answer, where the backend names it. */
  readonly stopSequence: string | undefined;
  readonly usage: Usage | undefined;
  readonly timings: ReplyTimings | undefined;
  /** `logprobs` of the first choice in OpenAI's shape, passed on as it is. */
  readonly logprobs: unknown;
}

/**
 * One step of a streamed answer. A reader gives them in this order: `start`,
 * then any of the deltas, then `finish`, then `end`; `usage` may come anywhere
 * after `start`, the last one counts; after `error` nothing follows.
 */
export type ReplyEvent =
  | { readonly type: "start"; readonly id: string | undefined; readonly model: string }
  | { readonly type: "text"; readonly text: string; readonly logprobs?: unknown }
  | { readonly type: "thinking"; readonly text: string }
  | { readonly type: "signature"; readonly signature: string }
  | { readonly type: "refusal"; readonly text: string }
  /** A call begins; id and name are known and final. Indexes count calls from 0, in order of beginning. */
  | {
      readonly type: "tool-call";
      readonly index: number;
      readonly id: string;
      readonly name: string;
    }
  /** A fragment of the arguments' JSON text. Fragments of several calls may interleave. */
  | { readonly type: "tool-arguments"; readonly index: number; readonly json: string }
  | { readonly type: "usage"; readonly usage: Usage }
  | { readonly type: "timings"; readonly timings: ReplyTimings }
  | {
      readonly type: "finish";
      readonly reason: StopReason;
      readonly stopSequence: string | undefined;
    }
  /** The stream is complete in the sense of its dialect. */
  | { readonly type: "end" }
  | ReplyFailure;

/** The backend, the reader or the gateway found that a streamed answer cannot go on. */
export interface ReplyFailure {
  readonly type: "error";
  /** Written for the client. */
  readonly message: string;
  /** HTTP status the failure would have had before the stream began, where one is known. */
  readonly status: number | undefined;
  /** For dialects whose errors have a code; `upstream_error` where the gateway says none. */
  readonly code?: ErrorCode | undefined;
  /** Id of the request, for dialects whose errors repeat it. */
  readonly requestId?: string | undefined;
}
