import { ProxyError, type HeaderList, type Operation } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";
import {
  backendErrorMessage,
  type EmbeddingDialect,
  type EmbeddingRequest,
  ollamaChatDialect,
  ollamaEmbed,
  ollamaEmbeddings,
  openaiChatDialect,
  openaiEmbeddings,
  parseJson,
  withBase64Vectors,
} from "@olla-ts/dialects";

import { parseAnswer } from "./compose-answer.ts";
import type {
  StreamTranslation,
  TranslatedAnswer,
  TranslatedRequest,
  Translation,
} from "./pipeline/translation.ts";

/** Dialect in which an operation asks for vectors. */
const embeddingDialects: Readonly<Partial<Record<Operation, EmbeddingDialect>>> = {
  embeddings: openaiEmbeddings,
  ollama_embed: ollamaEmbed,
  ollama_embeddings: ollamaEmbeddings,
};

/** The request as one for vectors; undefined when its operation is another one. */
export function toEmbeddingTranslation(
  operation: Operation,
  body: Buffer,
  clock: Clock,
): Translation | undefined {
  const client = embeddingDialects[operation];
  if (client === undefined) return undefined;
  return new EmbeddingTranslation(
    client,
    client.parseRequest(parseJson(body.toString("utf8"))),
    clock,
  );
}

/**
 * A backend's answer with each vector as one text in base64, as the client asked for.
 *
 * @throws ProxyError `upstream_protocol` when it is not JSON
 */
export function encodeVectors(body: string): string {
  return JSON.stringify(withBase64Vectors(parseAnswer(body)));
}

class EmbeddingTranslation implements Translation {
  readonly stream = false;
  readonly contentType = "application/json";
  readonly estimatedInputTokens = 0;
  readonly needs: Translation["needs"] = { tools: false, images: false, thinking: false };
  readonly substitute: undefined = undefined;
  readonly immediateAnswer: undefined = undefined;
  readonly #client: EmbeddingDialect;
  readonly #request: EmbeddingRequest;
  readonly #elapsedMs: () => number;

  constructor(client: EmbeddingDialect, request: EmbeddingRequest, clock: Clock) {
    const startedAt = clock.now();
    this.#client = client;
    this.#request = request;
    this.#elapsedMs = () => clock.now() - startedAt;
  }

  requestFor(target: Operation, _backendType: string, model: string): TranslatedRequest {
    const { body, dropped } = dialectOf(target).writeRequest({ ...this.#request, model });
    return {
      body: Buffer.from(JSON.stringify(body)),
      dropped: [...new Set([...this.#request.dropped, ...dropped])],
    };
  }

  answer(target: Operation, body: string): TranslatedAnswer {
    const reply = dialectOf(target).parseReply(parseAnswer(body));
    const context = { model: this.#request.model, elapsedMs: this.#elapsedMs };
    return {
      body: JSON.stringify(this.#client.writeReply(reply, this.#request, context)),
      usage: { inputTokens: reply.inputTokens ?? 0, outputTokens: 0 },
    };
  }

  startStream(): StreamTranslation {
    throw new ProxyError("internal", "Vectors are not streamed.");
  }

  rateLimits(): HeaderList {
    return [];
  }

  isOwnError(): boolean {
    return false;
  }

  error(error: ProxyError, requestId: string): string {
    const chat = this.#client === openaiEmbeddings ? openaiChatDialect : ollamaChatDialect;
    return JSON.stringify(chat.writeError(error, requestId));
  }

  backendMessage(status: number, body: string, contentType: string): string {
    return backendErrorMessage(status, body, contentType);
  }
}

function dialectOf(target: Operation): EmbeddingDialect {
  const dialect = embeddingDialects[target];
  if (dialect === undefined)
    throw new ProxyError("internal", "There is no dialect for this operation.");
  return dialect;
}
