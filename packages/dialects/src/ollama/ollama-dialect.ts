import type { ChatDialect } from "../dialect.ts";
import { type AnswerShape, chatShape, generateShape } from "./answer-shape.ts";
import { parseChatRequest } from "./chat-request.ts";
import { parseGenerateRequest, writeGenerateRequest } from "./generate-request.ts";
import { OllamaStreamReader } from "./stream-reader.ts";
import { OllamaStreamWriter, writeErrorLine } from "./stream-writer.ts";
import { parseWholeReply, writeWholeReply } from "./whole-reply.ts";
import { writeChatRequest } from "./write-chat-request.ts";

/** Ollama's `POST /api/chat`. */
export const ollamaChatDialect: ChatDialect = {
  name: "ollama-chat",
  parseRequest: parseChatRequest,
  writeRequest: writeChatRequest,
  ...answersIn(chatShape),
};

/** Ollama's `POST /api/generate`, as far as it is a chat of one turn. */
export const ollamaGenerateDialect: ChatDialect = {
  name: "ollama-generate",
  parseRequest: parseGenerateRequest,
  writeRequest: writeGenerateRequest,
  ...answersIn(generateShape),
};

/** The two operations answer alike but for where the text stands. */
function answersIn(
  shape: AnswerShape,
): Omit<ChatDialect, "name" | "parseRequest" | "writeRequest"> {
  return {
    streamContentType: "application/x-ndjson",
    parseReply: (body) => parseWholeReply(body, shape),
    writeReply: (reply, context) => writeWholeReply(reply, context, shape),
    createStreamReader: () => new OllamaStreamReader(shape),
    createStreamWriter: (context) => new OllamaStreamWriter(shape, context),
    writeError: ({ message }) => ({ error: message }),
    writeStreamError: ({ message }) => writeErrorLine(message),
  };
}
