import type { ChatDialect } from "../dialect.ts";
import { writeError, writeStreamError } from "./errors.ts";
import { parseReply } from "./parse-reply.ts";
import { parseRequest } from "./parse-request.ts";
import type { BuiltInTools } from "./parse-tools.ts";
import { ResponsesStreamReader } from "./reply-stream-reader.ts";
import { ResponsesStreamWriter } from "./reply-stream-writer.ts";
import { writeReply } from "./write-reply.ts";
import { writeRequest } from "./write-request.ts";

export interface OpenaiResponsesOptions {
  /**
   * What becomes of tools that only their provider can run, web search for
   * example: `refuse` answers 400, `drop` leaves them out and names them.
   * Default `refuse`.
   */
  readonly builtInTools?: BuiltInTools;
}

/**
 * The dialect of OpenAI's Responses API (`POST /v1/responses`), without anything
 * that is stored between requests.
 */
export function createOpenaiResponsesDialect({
  builtInTools = "refuse",
}: OpenaiResponsesOptions = {}): ChatDialect {
  return {
    name: "openai-responses",
    streamContentType: "text/event-stream",
    parseRequest: (body) => parseRequest(body, builtInTools),
    writeRequest,
    parseReply,
    writeReply,
    createStreamReader: () => new ResponsesStreamReader(),
    createStreamWriter: (context) => new ResponsesStreamWriter(context),
    writeError,
    writeStreamError,
  };
}

/** The dialect with its defaults. */
export const openaiResponsesDialect: ChatDialect = createOpenaiResponsesDialect();
