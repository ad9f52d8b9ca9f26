import { describe, expect, it } from "vitest";

import { operationOf } from "./path-operations.ts";

describe("operationOf", () => {
  it.each([
    ["/v1/chat/completions", "chat"],
    ["/engines/llama.cpp/v1/chat/completions", "chat"],
    ["/chat/completions", "chat"],
    ["/api/v1/completions", "completions"],
    ["/v2/rerank", "rerank"],
    ["/v1/messages/count_tokens", "count_tokens"],
    ["/api/chat", "ollama_chat"],
    ["/api/embeddings", "ollama_embeddings"],
    ["/tokenize", "tokenize"],
    ["/v1/chat/completions/input_tokens", undefined],
    ["/api/v1/chat", undefined],
    ["/embedding", undefined],
    ["/", undefined],
    ["/toString", undefined],
  ])("takes %s for %s", (path, operation) => {
    expect(operationOf(path)).toBe(operation);
  });
});
