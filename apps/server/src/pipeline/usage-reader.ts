import type { Operation } from "@olla-ts/core";

import type { AnswerFigures } from "./answer-figures.ts";
import type { Exchange } from "./exchange.ts";

/** Finds the figures that an answer states while it is passed on. */
export interface UsageReader {
  /** Takes note of a chunk, whose bytes must not change before `figures`. */
  push(chunk: Uint8Array): void;
  /** Whether something of what the model wrote is in a chunk of a stream. */
  holdsContent(chunk: Uint8Array): boolean;
  /** As far as the answer came. Ask once, at its end. */
  figures(): AnswerFigures;
}

/** Operations whose answers cost tokens. */
const COUNTED: ReadonlySet<Operation> = new Set([
  "chat",
  "completions",
  "embeddings",
  "responses",
  "messages",
  "rerank",
  "ollama_chat",
  "ollama_generate",
  "ollama_embed",
  "ollama_embeddings",
]);

/** Whether this answer may state tokens. */
export function statesUsage({ intent, upstream }: Exchange): boolean {
  if (intent?.operation === undefined || upstream === undefined) return false;
  return upstream.status < 400 && COUNTED.has(intent.operation);
}
