import type { HeaderList, Operation, ProxyError } from "@olla-ts/core";

/** Tokens of one request, as its backend counted them. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * A request understood as a conversation, ready to be said in any dialect, and its
 * answer to be said in the client's. One per request, made when the first endpoint
 * needs it.
 */
export interface Translation {
  /** Whether the client asked for a stream. */
  readonly stream: boolean;
  /**
   * Tokens of the prompt, as far as they can be told without its tokenizer.
   *
   * @throws ProxyError `invalid_request` when only a backend of the client's dialect can tell
   */
  readonly estimatedInputTokens: number;
  /** What the request demands of a backend that serves it as it is. */
  readonly needs: { readonly tools: boolean; readonly images: boolean; readonly thinking: boolean };
  /** The only operation that can stand for it; undefined when any equivalent one can. */
  readonly substitute: Operation | undefined;
  /** The answer of a request that asks nothing of a model, as Ollama's empty ones do. */
  readonly immediateAnswer: string | undefined;
  /** Content type of the client's answer. */
  readonly contentType: string;
  /**
   * The body for a backend.
   *
   * @param model as the backend spells it
   * @throws ProxyError `invalid_request` when it cannot be said there
   */
  requestFor(target: Operation, backendType: string, model: string): TranslatedRequest;
  /**
   * A complete answer in the client's dialect, as a body or as a whole stream,
   * whichever the client asked for.
   *
   * @throws ProxyError `upstream_protocol` when the body is no answer of the dialect
   */
  answer(target: Operation, body: string): TranslatedAnswer;
  /** Translates an answer while it arrives. */
  startStream(target: Operation): StreamTranslation;
  /** Rate limits in a backend's fields, under the names of the client's dialect. */
  rateLimits(headers: HeaderList): HeaderList;
  /** Whether a backend's error is one that clients of the dialect understand as it is. */
  isOwnError(body: string): boolean;
  /** A backend's error in the client's dialect. */
  error(error: ProxyError, requestId: string): string;
  /** Message of a backend's error, whatever its shape. */
  backendMessage(status: number, body: string, contentType: string): string;
}

export interface TranslatedRequest {
  readonly body: Buffer;
  /** What had to be left out, in the client's words. */
  readonly dropped: readonly string[];
}

export interface TranslatedAnswer {
  readonly body: string;
  readonly usage: TokenUsage | undefined;
}

/** Each call gives text for the client, possibly empty. */
export interface StreamTranslation {
  /**
   * What the client gets with the head of the answer, in dialects whose clients take
   * a stream without a first event for dead.
   */
  begin(): string;
  push(chunk: Uint8Array, requestId: string): string;
  /** The backend's body ended. */
  end(requestId: string): string;
  /** The backend failed after the stream had begun. */
  fail(error: ProxyError, requestId: string): string;
  keepAlive(): string;
  /** True once the client was told of an error: the connection must not end as if complete. */
  readonly broken: boolean;
  readonly usage: TokenUsage | undefined;
}

/**
 * Reads the request as a conversation.
 *
 * @returns undefined when requests of this operation are never translated
 * @throws ProxyError `invalid_request` naming the field
 */
export type TranslationFactory = (
  operation: Operation,
  body: Buffer,
  model: string,
) => Translation | undefined;
