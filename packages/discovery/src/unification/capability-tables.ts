import type { NameCapabilities } from "./unification-rules.ts";

const VISION = ["vision", "multimodal", "image-understanding"];
const EMBEDDINGS = ["embeddings", "similarity", "vector-search"];
const REASONING = ["reasoning", "logic"];

/** Kind of model, as LM Studio reports it → capabilities. */
export const CAPABILITIES_BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  llm: ["text-generation", "chat", "completion"],
  vlm: ["text-generation", ...VISION],
  embedding: EMBEDDINGS,
  embeddings: EMBEDDINGS,
};

/** Capability in a backend's own word (Ollama's list, Lemonade's labels) → the catalogue's words. */
export const STATED_CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  completion: ["completion"],
  chat: ["chat"],
  tools: ["tools", "function-calling"],
  "tool-calling": ["tools", "function-calling"],
  tool_use: ["tools", "function-calling"],
  vision: VISION,
  embedding: EMBEDDINGS,
  embeddings: EMBEDDINGS,
  thinking: REASONING,
  reasoning: REASONING,
  insert: ["code-completion"],
  coding: ["code-generation", "programming", "code-completion"],
};

/** Words in a name → capabilities. All that match apply. */
export const CAPABILITIES_BY_NAME: readonly NameCapabilities[] = [
  {
    pattern: /code|starcoder/i,
    capabilities: ["code-generation", "programming", "code-completion"],
  },
  { pattern: /instruct|chat|assistant/i, capabilities: ["instruction-following", "chat"] },
  { pattern: /reasoning|think/i, capabilities: REASONING },
  { pattern: /math/i, capabilities: ["mathematics", "problem-solving"] },
  { pattern: /vision|vlm|llava/i, capabilities: VISION },
  { pattern: /embed|minilm|nomic-bert/i, capabilities: EMBEDDINGS },
];
