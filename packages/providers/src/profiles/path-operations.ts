import type { Operation } from "@olla-ts/core";

/** How the path of an operation ends behind an optional `/…/v1`. */
const ENDINGS: Readonly<Record<string, Operation>> = {
  "/chat/completions": "chat",
  "/completions": "completions",
  "/embeddings": "embeddings",
  "/responses": "responses",
  "/messages": "messages",
  "/messages/count_tokens": "count_tokens",
  "/models": "models",
  "/rerank": "rerank",
  "/tokenize": "tokenize",
  "/detokenize": "detokenize",
};

/** Ollama's own paths, which stand as they are. */
const OLLAMA: Readonly<Record<string, Operation>> = {
  "/api/chat": "ollama_chat",
  "/api/generate": "ollama_generate",
  "/api/embed": "ollama_embed",
  "/api/embeddings": "ollama_embeddings",
};

/** What a path asks for, judged by its name: `/engines/v1/chat/completions` is a chat. */
export function operationOf(path: string): Operation | undefined {
  if (Object.hasOwn(OLLAMA, path)) return OLLAMA[path];
  const ending = path.replace(/^(?:\/.*)?\/v\d+(?=\/)/, "");
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
}

/** The first path listed for each operation. */
export function operationsOf(
  paths: readonly string[],
): Readonly<Partial<Record<Operation, string>>> {
  const operations: Partial<Record<Operation, string>> = {};
  for (const path of paths) {
    const operation = operationOf(path);
    if (operation !== undefined) operations[operation] ??= path;
  }
  return operations;
}
