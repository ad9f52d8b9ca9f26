import type { Operation } from "./provider-profile.ts";

/** Operations of OpenTelemetry's conventions for generative AI. */
export type GenAiOperation = "chat" | "text_completion" | "embeddings";

const OPERATIONS: Readonly<Partial<Record<Operation, GenAiOperation>>> = {
  chat: "chat",
  responses: "chat",
  messages: "chat",
  ollama_chat: "chat",
  completions: "text_completion",
  ollama_generate: "text_completion",
  embeddings: "embeddings",
  ollama_embed: "embeddings",
  ollama_embeddings: "embeddings",
};

/** What a request does; undefined when it makes no tokens or vectors. */
export function genAiOperation(operation: Operation | undefined): GenAiOperation | undefined {
  return operation === undefined ? undefined : OPERATIONS[operation];
}
