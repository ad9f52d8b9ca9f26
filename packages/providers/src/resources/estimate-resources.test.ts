import { describe, expect, it } from "vitest";

import { createProfileCatalogue } from "../profiles/profile-catalogue.ts";
import { estimateResources, type ResourceEstimate } from "./estimate-resources.ts";

const { resources } = createProfileCatalogue();

function estimate(type: string, name: string, sizeBytes?: number): ResourceEstimate {
  const rules = resources.get(type);
  if (rules === undefined) throw new Error(`${type} has no rules`);
  return estimateResources(rules, name, sizeBytes);
}

describe("estimateResources", () => {
  it.each([
    { type: "ollama", name: "qwen2.5:7b-q4_K_M", gb: [3, 4], concurrent: 8, seconds: 60 },
    { type: "ollama", name: "llama3:70b", gb: [40, 48], concurrent: 1, seconds: 330 },
    { type: "ollama", name: "Qwen3-30B-A3B-Q8_0", gb: [17.5, 21], concurrent: 2, seconds: 150 },
    { type: "ollama", name: "mixtral-8x7b", gb: [4, 8], concurrent: 8, seconds: 35 },
    { type: "ollama", name: "gemma3:27b", gb: [4, 8], concurrent: 8, seconds: 35 },
    { type: "llamacpp", name: "pine-13b-f32.gguf", gb: [20, 32], concurrent: 2, seconds: 90 },
    { type: "vllm", name: "acme/Pine-70B", gb: [140, 160], concurrent: 10, seconds: 180 },
    { type: "sglang", name: "acme/Pine-8B", gb: [14, 20], concurrent: 150, seconds: 135 },
    {
      type: "docker-model-runner",
      name: "ai/pine:7B-Q2_K",
      gb: [2.1, 2.8],
      concurrent: 10,
      seconds: 150,
    },
    { type: "lm-studio", name: "pine-34b", gb: [20.4, 25.5], concurrent: 1, seconds: 180 },
    { type: "lemonade", name: "Pine-20B-GGUF", gb: [16, 32], concurrent: 100, seconds: 150 },
    { type: "omlx", name: "anything", gb: [4, 8], concurrent: 4, seconds: 185 },
    { type: "litellm", name: "gpt-x", gb: [0.5, 1], concurrent: 1_000, seconds: 60 },
  ])("PV-56 takes $name on $type for one of $gb GB", ({ type, name, gb, concurrent, seconds }) => {
    const found = estimate(type, name);
    expect(found.minMemoryGb).toBeCloseTo(gb[0] ?? 0);
    expect(found.recommendedMemoryGb).toBeCloseTo(gb[1] ?? 0);
    expect(found).toMatchObject({ maxConcurrent: concurrent, timeoutMs: seconds * 1_000 });
  });

  it.each(["ollama", "llamacpp", "vllm", "sglang", "lemonade", "docker-model-runner", "vllm-mlx"])(
    "PV-56 takes no 1.7b on %s for a 7b",
    (type) => {
      const [small, seven] = [estimate(type, "qwen3:1.7b"), estimate(type, "qwen3:7b")];
      expect(small.minMemoryGb).toBeLessThan(seven.minMemoryGb);
    },
  );

  it("PV-56 takes a size that no rule knows for the default, though it ends like one that is known", () => {
    const otherwise = estimate("lm-studio", "no size");
    for (const name of ["qwen3-1.7b", "a7b", "7bx", "70b8"]) {
      expect(estimate("lm-studio", name), `for ${name}`).toEqual(otherwise);
    }
  });

  it("goes by the size that the server tells, whatever the name", () => {
    expect(estimate("ollama", "pine:70b", 4_400_000_000)).toMatchObject({
      minMemoryGb: 5.3,
      recommendedMemoryGb: 6.6,
      minGpuMemoryGb: 5.3,
      maxConcurrent: 8,
    });
    expect(estimate("vllm-mlx", "pine", 4e9)).toMatchObject({ minGpuMemoryGb: 0 });
  });
});
