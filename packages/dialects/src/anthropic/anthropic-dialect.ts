import type { ChatDialect } from "../dialect.ts";
import { writeError, writeStreamError } from "./errors.ts";
import { parseReply } from "./parse-reply.ts";
import { parseRequest } from "./parse-request.ts";
import { AnthropicStreamReader } from "./stream-reader.ts";
import { AnthropicStreamWriter } from "./stream-writer.ts";
import { writeReply } from "./write-reply.ts";
import { DEFAULT_MAX_TOKENS, writeRequest } from "./write-request.ts";

export interface AnthropicDialectOptions {
  /** `max_tokens` of a request whose client names none, as the API demands one. Default 4096. */
  readonly defaultMaxTokens?: number;
}

/** The Anthropic Messages API, as its public reference has it in 2026. */
export function createAnthropicDialect({
  defaultMaxTokens = DEFAULT_MAX_TOKENS,
}: AnthropicDialectOptions = {}): ChatDialect {
  return {
    name: "anthropic",
    streamContentType: "text/event-stream",
    parseRequest,
    writeRequest: (conversation, traits) => writeRequest(conversation, traits, defaultMaxTokens),
    parseReply,
    writeReply,
    createStreamReader: () => new AnthropicStreamReader(),
    createStreamWriter: (context) => new AnthropicStreamWriter(context),
    writeError,
    writeStreamError,
  };
}

/** The dialect with its defaults. */
export const anthropicDialect: ChatDialect = createAnthropicDialect();
