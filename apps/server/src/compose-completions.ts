import type { HeaderList, Operation, ProxyError } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";
import {
  backendErrorMessage,
  CompletionStreamReader,
  type JsonValue,
  ollamaGenerateDialect,
  type OllamaCompletion,
  parseCompletionReply,
  parseOllamaCompletion,
  type ReplyContext,
  replyToEvents,
  writeCompletionRequest,
} from "@olla-ts/dialects";

import { parseAnswer } from "./compose-answer.ts";
import { ChatStream } from "./compose-chat-stream.ts";
import type {
  StreamTranslation,
  TranslatedAnswer,
  TranslatedRequest,
  Translation,
} from "./pipeline/translation.ts";

const client = ollamaGenerateDialect;

/** Of English text, on average. */
const BYTES_PER_TOKEN = 4;

/**
 * A request of Ollama's API to continue a text as it stands, or to fill a gap in
 * it: no conversation, so only text completion can stand for it.
 */
export class CompletionTranslation implements Translation {
  readonly substitute: Operation = "completions";
  readonly stream: boolean;
  readonly contentType: string;
  readonly estimatedInputTokens: number;
  readonly needs: Translation["needs"] = { tools: false, images: false, thinking: false };
  readonly immediateAnswer: undefined = undefined;
  readonly #request: OllamaCompletion;
  readonly #context: ReplyContext;

  /** @throws ProxyError `invalid_request` naming the field */
  constructor(
    body: JsonValue,
    { clock, randomId }: { readonly clock: Clock; readonly randomId: () => string },
  ) {
    const startedAt = clock.now();
    this.#request = parseOllamaCompletion(body);
    const { model, stream, prompt, suffix = "" } = this.#request;
    this.stream = stream;
    this.contentType = stream ? client.streamContentType : "application/json";
    this.estimatedInputTokens = Math.ceil(Buffer.byteLength(prompt + suffix) / BYTES_PER_TOKEN);
    this.#context = {
      model,
      createdAt: Math.floor(clock.wallTime() / 1_000),
      randomId,
      estimatedInputTokens: this.estimatedInputTokens,
      includeUsage: true,
      elapsedMs: () => clock.now() - startedAt,
    };
  }

  requestFor(_target: Operation, backendType: string, model: string): TranslatedRequest {
    const { body, dropped } = writeCompletionRequest(
      { ...this.#request, model },
      { type: backendType },
    );
    return {
      body: Buffer.from(JSON.stringify(body)),
      dropped: [...new Set([...this.#request.dropped, ...dropped])],
    };
  }

  answer(_target: Operation, body: string): TranslatedAnswer {
    const reply = parseCompletionReply(parseAnswer(body));
    const { usage } = reply;
    if (!this.stream)
      return { body: JSON.stringify(client.writeReply(reply, this.#context)), usage };
    const writer = client.createStreamWriter(this.#context);
    const lines = replyToEvents(reply).map((event) => writer.write(event));
    return { body: lines.join(""), usage };
  }

  startStream(): StreamTranslation {
    const writer = client.createStreamWriter(this.#context);
    return new ChatStream(new CompletionStreamReader(), client, writer);
  }

  rateLimits(): HeaderList {
    return [];
  }

  isOwnError(): boolean {
    return false;
  }

  error(error: ProxyError, requestId: string): string {
    return JSON.stringify(client.writeError(error, requestId));
  }

  backendMessage(status: number, body: string, contentType: string): string {
    return backendErrorMessage(status, body, contentType);
  }
}
