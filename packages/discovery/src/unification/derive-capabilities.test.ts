import { describe, expect, it } from "vitest";

import { defaultUnificationRules } from "./default-rules.ts";
import { type CapabilityEvidence, deriveCapabilities } from "./derive-capabilities.ts";

function derive(over: Partial<CapabilityEvidence>): readonly string[] {
  const evidence = { names: ["pine"], types: [], stated: [], maxContextLength: undefined, ...over };
  return deriveCapabilities(evidence, defaultUnificationRules);
}

describe("deriveCapabilities", () => {
  it("takes a model of which nothing is known for one that generates text", () => {
    expect(derive({})).toEqual(["text-generation"]);
  });

  it.each([
    { type: "llm", expected: ["chat", "completion", "text-generation"] },
    { type: "VLM", expected: ["image-understanding", "multimodal", "text-generation", "vision"] },
    { type: "embedding", expected: ["embeddings", "similarity", "vector-search"] },
    { type: "embeddings", expected: ["embeddings", "similarity", "vector-search"] },
    { type: "toString", expected: ["text-generation"] },
  ])("R23 follows the reported type $type", ({ type, expected }) => {
    expect(derive({ types: [type] })).toEqual(expected);
  });

  it.each([
    { name: "deepseek-coder", capability: "code-generation" },
    { name: "pine-Instruct", capability: "instruction-following" },
    { name: "qwq-think", capability: "reasoning" },
    { name: "mathstral", capability: "problem-solving" },
    { name: "bakllava", capability: "vision" },
    { name: "text-embedding-3", capability: "embeddings" },
  ])("PV-55 guesses $capability from the name $name", ({ name, capability }) => {
    expect(derive({ names: [name] })).toContain(capability);
  });

  it("does not take an embedding model for one that generates text", () => {
    expect(derive({ names: ["nomic-embed-text"] })).not.toContain("text-generation");
    expect(derive({ names: ["pine-embedding-instruct"] })).not.toContain("text-generation");
  });

  it("PV-24 uses stated capabilities in place of guesses", () => {
    expect(derive({ names: ["llava-code"], stated: ["completion", "tools", "acme"] })).toEqual([
      "acme",
      "completion",
      "function-calling",
      "text-generation",
      "tools",
    ]);
  });

  it.each([
    { tokens: 31_999, expected: [] },
    { tokens: 40_960, expected: ["extended-context"] },
    { tokens: 131_072, expected: ["long-context"] },
    { tokens: 2_000_000, expected: ["long-context", "ultra-long-context"] },
  ])("RT-63 reads a context of $tokens tokens as $expected", ({ tokens, expected }) => {
    const capabilities = derive({ maxContextLength: tokens });
    expect(capabilities.filter((one) => one.endsWith("-context"))).toEqual(expected);
  });
});
