import { ProxyError, toProxyError, type Operation } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";
import {
  anthropicDialect,
  backendErrorMessage,
  type ChatDialect,
  type ChatDialectName,
  type Conversation,
  estimateTokens,
  ollamaChatDialect,
  ollamaGenerateDialect,
  type OllamaLoadRequest,
  openaiChatDialect,
  openaiResponsesDialect,
  parseJson,
  parseOllamaLoad,
  type ReplyContext,
  type ReplyEvent,
  type ReplyStreamReader,
  type ReplyStreamWriter,
  replyToEvents,
  type Usage,
  writeOllamaLoad,
} from "@olla-ts/dialects";

import { parseAnswer } from "./compose-answer.ts";
import { toEmbeddingTranslation } from "./compose-embeddings.ts";
import type {
  StreamTranslation,
  TranslatedAnswer,
  TranslatedRequest,
  Translation,
  TranslationFactory,
} from "./pipeline/translation.ts";

/** Dialect in which an operation is asked and answered. */
const chatDialects: Readonly<Partial<Record<Operation, ChatDialect>>> = {
  chat: openaiChatDialect,
  responses: openaiResponsesDialect,
  messages: anthropicDialect,
  count_tokens: anthropicDialect,
  ollama_chat: ollamaChatDialect,
  ollama_generate: ollamaGenerateDialect,
};

export interface TranslationOptions {
  readonly clock: Clock;
  /** Makes the random part of ids. */
  readonly randomId: () => string;
}

/** Makes translations of chats, and of requests for vectors, between all dialects. */
export function createTranslations(options: TranslationOptions): TranslationFactory {
  return (operation, body) => {
    const client = chatDialects[operation];
    if (client === undefined) return toEmbeddingTranslation(operation, body, options.clock);
    const parsed = parseJson(body.toString("utf8"));
    const load = isOllama(client.name) ? parseOllamaLoad(parsed, client.name) : undefined;
    const conversation =
      load === undefined ? client.parseRequest(parsed) : emptyConversation(load.model);
    return new ChatTranslation(client, conversation, load, options);
  };
}

function isOllama(name: ChatDialectName): name is "ollama-chat" | "ollama-generate" {
  return name === "ollama-chat" || name === "ollama-generate";
}

/** What is asked by a request that only loads a model. */
function emptyConversation(model: string): Conversation {
  return {
    model,
    system: [],
    messages: [],
    stream: false,
    includeUsage: false,
    maxTokens: undefined,
    sampling: {},
    stop: [],
    tools: [],
    toolChoice: undefined,
    parallelToolCalls: undefined,
    responseFormat: undefined,
    reasoning: undefined,
    user: undefined,
    logprobs: undefined,
    dropped: [],
  };
}

function needsOf({ tools, messages, reasoning }: Conversation): Translation["needs"] {
  return {
    tools: tools.length > 0,
    images: messages.some(
      (message) =>
        (message.role === "user" || message.role === "tool") &&
        message.parts.some(({ type }) => type === "image"),
    ),
    thinking: reasoning !== undefined && reasoning.effort !== "none",
  };
}

function dialectOf(target: Operation): ChatDialect {
  const dialect = chatDialects[target];
  if (dialect === undefined)
    throw new ProxyError("internal", "There is no dialect for this operation.");
  return dialect;
}

class ChatTranslation implements Translation {
  readonly stream: boolean;
  readonly contentType: string;
  readonly estimatedInputTokens: number;
  readonly needs: Translation["needs"];
  readonly immediateAnswer: string | undefined;
  readonly #client: ChatDialect;
  readonly #conversation: Conversation;
  readonly #context: ReplyContext;

  constructor(
    client: ChatDialect,
    conversation: Conversation,
    load: OllamaLoadRequest | undefined,
    { clock, randomId }: TranslationOptions,
  ) {
    const startedAt = clock.now();
    this.#client = client;
    this.#conversation = conversation;
    this.stream = conversation.stream;
    this.contentType = conversation.stream ? client.streamContentType : "application/json";
    this.estimatedInputTokens = estimateTokens(conversation);
    this.#context = {
      model: conversation.model,
      conversation,
      createdAt: Math.floor(clock.wallTime() / 1_000),
      randomId,
      estimatedInputTokens: this.estimatedInputTokens,
      includeUsage: conversation.includeUsage,
      elapsedMs: () => clock.now() - startedAt,
    };
    this.needs = needsOf(conversation);
    this.immediateAnswer =
      load !== undefined && isOllama(client.name)
        ? JSON.stringify(writeOllamaLoad(load, client.name, this.#context))
        : undefined;
  }

  requestFor(target: Operation, backendType: string, model: string): TranslatedRequest {
    const { body, dropped } = dialectOf(target).writeRequest(
      { ...this.#conversation, model },
      { type: backendType },
    );
    return {
      body: Buffer.from(JSON.stringify(body)),
      dropped: [...new Set([...this.#conversation.dropped, ...dropped])],
    };
  }

  answer(target: Operation, body: string): TranslatedAnswer {
    const reply = dialectOf(target).parseReply(parseAnswer(body));
    if (!this.stream) {
      return {
        body: JSON.stringify(this.#client.writeReply(reply, this.#context)),
        usage: reply.usage,
      };
    }
    const writer = this.#client.createStreamWriter(this.#context);
    const text = replyToEvents(reply).map((event) => writer.write(event));
    return { body: text.join(""), usage: reply.usage };
  }

  startStream(target: Operation): StreamTranslation {
    return new ChatStream(
      dialectOf(target).createStreamReader(),
      this.#client,
      this.#client.createStreamWriter(this.#context),
    );
  }

  error(error: ProxyError, requestId: string): string {
    return JSON.stringify(this.#client.writeError(error, requestId));
  }

  backendMessage(status: number, body: string, contentType: string): string {
    return backendErrorMessage(status, body, contentType);
  }
}

class ChatStream implements StreamTranslation {
  readonly #reader: ReplyStreamReader;
  readonly #client: ChatDialect;
  readonly #writer: ReplyStreamWriter;
  #usage: Usage | undefined;
  #broken = false;

  constructor(reader: ReplyStreamReader, client: ChatDialect, writer: ReplyStreamWriter) {
    this.#reader = reader;
    this.#client = client;
    this.#writer = writer;
  }

  get broken(): boolean {
    return this.#broken;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  push(chunk: Uint8Array, requestId: string): string {
    return this.#write(this.#reader.push(chunk), requestId);
  }

  end(requestId: string): string {
    return this.#write(this.#reader.end(), requestId);
  }

  fail(error: ProxyError, requestId: string): string {
    this.#broken = true;
    return this.#client.writeStreamError(error, requestId);
  }

  keepAlive(): string {
    return this.#writer.keepAlive();
  }

  #write(events: readonly ReplyEvent[], requestId: string): string {
    let text = "";
    try {
      for (const event of events) {
        if (this.#broken) return text;
        if (event.type === "error") {
          const { message, status } = event;
          const options = status === undefined ? {} : { status };
          text += this.fail(new ProxyError("upstream_error", message, options), requestId);
        } else {
          if (event.type === "usage") this.#usage = event.usage;
          text += this.#writer.write(event);
        }
      }
    } catch (thrown) {
      text += this.fail(toProxyError(thrown), requestId);
    }
    return text;
  }
}
