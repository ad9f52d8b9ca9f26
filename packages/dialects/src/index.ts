export {
  type AnthropicDialectOptions,
  anthropicDialect,
  createAnthropicDialect,
} from "./anthropic/anthropic-dialect.ts";
export { isErrorBody } from "./anthropic/errors.ts";
export { estimateTokens } from "./anthropic/estimate-tokens.ts";
export { type ListedModel, listModels, retrieveModel } from "./anthropic/models.ts";
export { parseTokenCountRequest } from "./anthropic/parse-request.ts";
export { toAnthropicRateLimits } from "./anthropic/rate-limit-headers.ts";
export { UntranslatableError } from "./anthropic/untranslatable.ts";
export type {
  AssistantMessage,
  AssistantPart,
  AudioPart,
  BinarySource,
  Conversation,
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  Message,
  Reasoning,
  ReasoningEffort,
  RefusalPart,
  ResponseFormat,
  Sampling,
  SystemMessage,
  TextPart,
  ThinkingPart,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolMessage,
  UserMessage,
  UserPart,
} from "./conversation.ts";
export type {
  BackendTraits,
  ChatDialect,
  ChatDialectName,
  ReplyContext,
  ReplyStreamReader,
  ReplyStreamWriter,
  WrittenRequest,
} from "./dialect.ts";
export type {
  EmbeddingDialect,
  EmbeddingReply,
  EmbeddingRequest,
} from "./embeddings/embedding-dialect.ts";
export { ollamaEmbed, ollamaEmbeddings } from "./embeddings/ollama-embeddings.ts";
export { openaiEmbeddings, withBase64Vectors } from "./embeddings/openai-embeddings.ts";
export { backendErrorMessage } from "./errors/backend-error.ts";
export { parseJson } from "./json/parse-json.ts";
export { parseCompletionReply } from "./ollama/completion-reply.ts";
export {
  isOllamaCompletion,
  type OllamaCompletion,
  parseOllamaCompletion,
  writeCompletionRequest,
} from "./ollama/completion-request.ts";
export { CompletionStreamReader } from "./ollama/completion-stream-reader.ts";
export { type OllamaLoadRequest, parseOllamaLoad, writeOllamaLoad } from "./ollama/load-request.ts";
export { ollamaChatDialect, ollamaGenerateDialect } from "./ollama/ollama-dialect.ts";
export {
  OLLAMA_ROOT_TEXT,
  OLLAMA_VERSION,
  writeOllamaPs,
  writeOllamaShow,
  writeOllamaTags,
  writeOllamaVersion,
} from "./ollama/side-routes.ts";
export { openaiChatDialect } from "./openai-chat/openai-chat-dialect.ts";
export {
  createOpenaiResponsesDialect,
  type OpenaiResponsesOptions,
  openaiResponsesDialect,
} from "./openai-responses/openai-responses-dialect.ts";
export { replyToEvents } from "./stream/reply-events.ts";
export { holdsContent } from "./usage/holds-content.ts";
export { UsageTail } from "./usage/usage-tail.ts";
export type {
  Reply,
  ReplyEvent,
  ReplyFailure,
  ReplyPart,
  ReplyTimings,
  StopReason,
  Usage,
} from "./reply.ts";
