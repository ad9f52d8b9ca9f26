import { describe, expect, it } from "vitest";

import { defaultUnificationRules } from "./default-rules.ts";
import { describeFamily } from "./describe-family.ts";

function describeName(name: string, family?: string, publisher?: string): string {
  const identity = describeFamily(name, { family, publisher }, defaultUnificationRules);
  return `${identity.family} / ${identity.variant} / ${identity.publisher}`;
}

describe("describeFamily", () => {
  it.each([
    ["llama3.1:8b", "llama / 3.1 / meta"],
    ["meta-llama/Llama-3.1-8B-Instruct", "llama / 3.1 / meta-llama"],
    ["mixtral:8x7b", "mixtral / 8x7b / mistral"],
    ["mistralai/Mistral-7B-v0.3", "mistral / 7b-v0.3 / mistralai"],
    ["deepseek-coder-v2:16b", "deepseek-coder-v2 /  / deepseek"],
    ["gpt-oss:120b", "gpt-oss / 120b / openai"],
    ["gpt-4o", "gpt /  / "],
    ["devstral:24b", "devstral / 24b / mistral"],
    ["glm-4.6", "glm / 4.6 / zai-org"],
    ["codellama:13b", "codellama /  / meta"],
    ["random-name", " /  / "],
  ])("PV-55 reads %s as %s", (name, expected) => {
    expect(describeName(name)).toBe(expected);
  });

  it.each([
    ["gemma-2b", "gemma /  / google"],
    ["gemma-2-9b", "gemma / 2 / google"],
    ["qwen2.5:72b", "qwen / 2.5 / alibaba"],
    ["qwen-1.5b", "qwen /  / alibaba"],
    ["phi3mini", "phi / 3 / microsoft"],
    ["phind-codellama", " /  / "],
    ["yi-34b", "yi / 34b / 01-ai"],
    ["gpt-j-6b", "gpt / j / eleutherai"],
    ["gpt2", "gpt / 2 / openai"],
    ["kimi-k2:1t", "kimi / k2:1t / moonshotai"],
    ["command-r-plus", "command-r / plus / cohere"],
    ["hf.co/bartowski/Llama-3.2-3B-GGUF", "llama / 3.2 / bartowski"],
    ["mistrallite:7b", " /  / "],
    ["nomic-bert:v1", "nomic-bert /  / "],
    ["model", " /  / "],
    ["constructor", " /  / "],
    ["", " /  / "],
  ])("reads %s as %s", (name, expected) => {
    expect(describeName(name)).toBe(expected);
  });

  it.each([
    ["deepseek-r1:14b", "qwen2", "qwen /  / deepseek"],
    ["my-finetune", "gemma3", "gemma /  / "],
    ["my-finetune", "deepseek4", "deepseek /  / "],
    ["bge-m3", "bert", "bert /  / "],
    ["model", "LLAMA4", "llama /  / "],
  ])("PV-55 lets the architecture of %s, %s, beat its name: %s", (name, family, expected) => {
    expect(describeName(name, family)).toBe(expected);
  });

  it("R23 keeps a preserved family, whatever architecture is reported", () => {
    expect(describeName("kimi-k2", "deepseek2")).toBe("kimi / k2 / moonshotai");
    expect(describeName("deepseek-coder-v2:16b", "deepseek2")).toBe(
      "deepseek-coder-v2 /  / deepseek",
    );
  });

  it("lets a reported publisher beat the name's", () => {
    expect(describeName("acme/llama3", undefined, "meta")).toBe("llama / 3 / meta");
    expect(describeName("acme/llama3", undefined, "")).toBe("llama / 3 / acme");
  });

  it("R23 takes the longest start of a name for its publisher, whatever the order", () => {
    const publishers = { gpt: "one", "gpt-oss": "two" };
    const rules = { ...defaultUnificationRules, publishers };
    const none = { family: undefined, publisher: undefined };
    expect(describeFamily("gpt-oss:20b", none, rules).publisher).toBe("two");
  });

  it("tries patterns of one's own against the whole name too", () => {
    const familyPatterns = [{ pattern: /^acme\/(pine)/, familyGroup: 1, variantGroup: 0 }];
    const rules = { ...defaultUnificationRules, familyPatterns };
    const none = { family: undefined, publisher: undefined };
    expect(describeFamily("Acme/Pine-7B", none, rules)).toEqual({
      family: "pine",
      variant: "",
      publisher: "Acme",
    });
  });
});
