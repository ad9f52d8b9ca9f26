import { anthropicDialect } from "../anthropic/anthropic-dialect.ts";
import type { ChatDialect } from "../dialect.ts";
import { ollamaChatDialect, ollamaGenerateDialect } from "../ollama/ollama-dialect.ts";
import { openaiChatDialect } from "../openai-chat/openai-chat-dialect.ts";
import { openaiResponsesDialect } from "../openai-responses/openai-responses-dialect.ts";

/** All dialects a chat can be held in. */
export const everyDialect: readonly ChatDialect[] = [
  openaiChatDialect,
  openaiResponsesDialect,
  anthropicDialect,
  ollamaChatDialect,
  ollamaGenerateDialect,
];
