import type { ChatDialect } from "../dialect.ts";
import { toErrorBody } from "./chat-errors.ts";
import { parseReply } from "./parse-reply.ts";
import { parseRequest } from "./parse-request.ts";
import { ChatStreamReader } from "./stream-reader.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { writeReply } from "./write-reply.ts";
import { writeRequest } from "./write-request.ts";

/** OpenAI Chat Completions, as clients and as servers of all kinds speak it. */
export const openaiChatDialect: ChatDialect = {
  name: "openai-chat",
  streamContentType: "text/event-stream",
  parseRequest,
  writeRequest,
  parseReply,
  writeReply,
  createStreamReader: () => new ChatStreamReader(),
  createStreamWriter: (context) => new ChatStreamWriter(context),
  writeError: toErrorBody,
  writeStreamError: (error) => `data: ${JSON.stringify(toErrorBody(error))}\n\n`,
};
