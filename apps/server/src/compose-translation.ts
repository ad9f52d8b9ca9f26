import { ProxyError, type HeaderList, type Operation } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";
import {
  anthropicDialect,
  backendErrorMessage,
  type ChatDialect,
  type ChatDialectName,
  type Conversation,
  estimateTokens,
  isErrorBody,
  isOllamaCompletion,
  type JsonValue,
  ollamaChatDialect,
  ollamaGenerateDialect,
  type OllamaLoadRequest,
  openaiChatDialect,
  openaiResponsesDialect,
  parseJson,
  parseOllamaLoad,
  parseTokenCountRequest,
  type ReplyContext,
  replyToEvents,
  toAnthropicRateLimits,
  UntranslatableError,
  writeOllamaLoad,
} from "@olla-ts/dialects";

import { parseAnswer } from "./compose-answer.ts";
import { ChatStream } from "./compose-chat-stream.ts";
import { CompletionTranslation } from "./compose-completions.ts";
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
  return (operation, body, model) => {
    const client = chatDialects[operation];
    if (client === undefined) return toEmbeddingTranslation(operation, body, options.clock);
    const parsed = parseJson(body.toString("utf8"));
    if (operation === "ollama_generate" && isOllamaCompletion(parsed)) {
      return new CompletionTranslation(parsed, options);
    }
    const load = isOllama(client.name) ? parseOllamaLoad(parsed, client.name) : undefined;
    if (load !== undefined) {
      return new ChatTranslation(client, emptyConversation(load.model), options, { load });
    }
    try {
      return new ChatTranslation(client, parse(operation, client, parsed), options);
    } catch (refusal) {
      if (!(refusal instanceof UntranslatableError)) throw refusal;
      return new ChatTranslation(client, emptyConversation(model), options, { refusal });
    }
  };
}

function parse(operation: Operation, client: ChatDialect, body: JsonValue): Conversation {
  return operation === "count_tokens" ? parseTokenCountRequest(body) : client.parseRequest(body);
}

function isOllama(name: ChatDialectName): name is "ollama-chat" | "ollama-generate" {
  return name === "ollama-chat" || name === "ollama-generate";
}

/** What is known of a request without messages, and of one that is not understood. */
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

/** What makes a request other than a conversation to be translated. */
interface Peculiarity {
  /** It only loads a model. */
  readonly load?: OllamaLoadRequest;
  /** It can be served as it is or not at all. */
  readonly refusal?: UntranslatableError;
}

class ChatTranslation implements Translation {
  readonly stream: boolean;
  readonly contentType: string;
  readonly needs: Translation["needs"];
  readonly substitute: undefined = undefined;
  readonly immediateAnswer: string | undefined;
  readonly #client: ChatDialect;
  readonly #conversation: Conversation;
  readonly #context: ReplyContext;
  readonly #refusal: UntranslatableError | undefined;
  readonly #clock: Clock;

  constructor(
    client: ChatDialect,
    conversation: Conversation,
    { clock, randomId }: TranslationOptions,
    { load, refusal }: Peculiarity = {},
  ) {
    const startedAt = clock.now();
    this.#clock = clock;
    this.#refusal = refusal;
    this.#client = client;
    this.#conversation = conversation;
    this.stream = conversation.stream;
    this.contentType = conversation.stream ? client.streamContentType : "application/json";
    this.#context = {
      model: conversation.model,
      conversation,
      createdAt: Math.floor(clock.wallTime() / 1_000),
      randomId,
      estimatedInputTokens: estimateTokens(conversation),
      includeUsage: conversation.includeUsage,
      elapsedMs: () => clock.now() - startedAt,
    };
    this.needs = needsOf(conversation);
    this.immediateAnswer =
      load !== undefined && isOllama(client.name)
        ? JSON.stringify(writeOllamaLoad(load, client.name, this.#context))
        : undefined;
  }

  get estimatedInputTokens(): number {
    if (this.#refusal !== undefined) throw this.#refusal;
    return this.#context.estimatedInputTokens;
  }

  requestFor(target: Operation, backendType: string, model: string): TranslatedRequest {
    if (this.#refusal !== undefined) throw this.#refusal;
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

  rateLimits(headers: HeaderList): HeaderList {
    return this.#client.name === "anthropic"
      ? toAnthropicRateLimits(headers, this.#clock.wallTime())
      : [];
  }

  isOwnError(body: string): boolean {
    return this.#client.name === "anthropic" && isErrorBody(body);
  }

  error(error: ProxyError, requestId: string): string {
    return JSON.stringify(this.#client.writeError(error, requestId));
  }

  backendMessage(status: number, body: string, contentType: string): string {
    return backendErrorMessage(status, body, contentType);
  }
}
