import type { ProxyError } from "@olla-ts/core";

import type { Conversation, JsonValue } from "./conversation.ts";
import type { Reply, ReplyEvent } from "./reply.ts";

/** The dialects a chat can be held in. */
export type ChatDialectName =
  | "openai-chat"
  | "openai-responses"
  | "anthropic"
  | "ollama-chat"
  | "ollama-generate";

/** What a writer has to know of the backend it writes for. */
export interface BackendTraits {
  /** Canonical provider type, for example `vllm`; decides which extensions are written. */
  readonly type: string;
}

/** A request body for a backend, and what could not be said in its dialect. */
export interface WrittenRequest {
  readonly body: JsonValue;
  /** Fields of the conversation that were left out, in the client's words; for a response header. */
  readonly dropped: readonly string[];
}

/** What a writer of answers knows beyond the answer. */
export interface ReplyContext {
  /** Model as the client asked for it; used where the backend names none. */
  readonly model: string;
  /** The request that is answered, for dialects that repeat its settings. */
  readonly conversation?: Conversation | undefined;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Makes the random part of an id: letters and digits. */
  readonly randomId: () => string;
  /** Estimated tokens of the prompt, for answers that must say a number before the backend does. */
  readonly estimatedInputTokens: number;
  /** Whether the client wants usage in a stream, where the dialect leaves that to it. */
  readonly includeUsage: boolean;
  /** Milliseconds since the request arrived, for dialects that tell durations. */
  readonly elapsedMs: () => number;
}

/** Reads a streamed answer, whatever the borders of its chunks. Bounded in memory. */
export interface ReplyStreamReader {
  /** Events that this chunk completes. */
  push(chunk: Uint8Array): readonly ReplyEvent[];
  /**
   * The body ended. An answer that is not complete in the sense of the dialect
   * gives an `error` event.
   */
  end(): readonly ReplyEvent[];
}

/** Writes a streamed answer; each call gives text to send at once, possibly empty. */
export interface ReplyStreamWriter {
  /**
   * After `end` and after `error` every call gives empty text. An `error` is told in
   * the dialect's own form, whatever was said before: an `error` event (Anthropic),
   * numbered `error` and `response.failed` events (Responses), an error object as
   * the last chunk (Chat Completions) or line (Ollama); never an ending as if the
   * answer were complete.
   */
  write(event: ReplyEvent): string;
  /** A sign of life in the dialect's own form; empty when the dialect has none or nothing was sent yet. */
  keepAlive(): string;
}

/** Everything the gateway needs to serve, and to speak, one dialect. */
export interface ChatDialect {
  readonly name: ChatDialectName;
  /** Of streamed answers. */
  readonly streamContentType: string;
  /**
   * @param body parsed by `parseJson`
   * @throws ProxyError `invalid_request` naming the field and what is allowed
   */
  parseRequest(body: JsonValue): Conversation;
  /** @throws ProxyError `invalid_request` when something cannot be said and must not be left out */
  writeRequest(conversation: Conversation, traits: BackendTraits): WrittenRequest;
  /**
   * @param body parsed by `parseJson`
   * @throws ProxyError `upstream_protocol` when the body is no complete answer of the
   *   dialect, or calls a tool without naming it; `upstream_error` with the backend's
   *   message when it is an error in spite of its status; `upstream_truncated` when it
   *   says that the backend aborted it
   */
  parseReply(body: JsonValue): Reply;
  writeReply(reply: Reply, context: ReplyContext): JsonValue;
  createStreamReader(): ReplyStreamReader;
  createStreamWriter(context: ReplyContext): ReplyStreamWriter;
  /** The error in the dialect's shape. */
  writeError(error: ProxyError, requestId: string): JsonValue;
  /**
   * The error as the last thing of a stream that already began, where its writer
   * cannot be asked: that one knows what was said before, so its `write` is better.
   */
  writeStreamError(error: ProxyError, requestId: string): string;
}
