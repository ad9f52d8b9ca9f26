import type { FamilyPattern } from "./unification-rules.ts";

/** The rest of the name is the variant: `gpt-oss:120b` → `120b`. */
function restIsVariant(...families: readonly string[]): FamilyPattern {
  return familyPattern(families, String.raw`(?=[-_:.\d]|$)[-_:]?(.*)`);
}

/**
 * A version number follows: `llama3.1:8b` → `3.1`. The number of a size, as in
 * `gemma-2b`, is not a version.
 */
function versionIsVariant(...families: readonly string[]): FamilyPattern {
  return familyPattern(
    families,
    String.raw`[-_]?(\d+(?:\.\d+)?)(?![\d.]*(?:\d|[bm](?![a-z])|x\d))`,
  );
}

/** A size follows: `vicuna-13b` → `13b`. */
function sizeIsVariant(...families: readonly string[]): FamilyPattern {
  return familyPattern(families, String.raw`[-_]?(\d+(?:\.\d+)?b?)`);
}

function familyPattern(families: readonly string[], variant: string): FamilyPattern {
  const pattern = new RegExp(`^(${families.join("|")})${variant}`);
  return { pattern, familyGroup: 1, variantGroup: 2 };
}

/** In order of trial, against the name without its publisher. */
export const FAMILY_PATTERNS: readonly FamilyPattern[] = [
  restIsVariant("mistral", "mixtral"),
  versionIsVariant("llama", "gemma", "phi", "qwen"),
  sizeIsVariant("codellama", "starcoder", "vicuna", "falcon", "yi"),
  restIsVariant("gpt-oss"),
  { pattern: /^(gpt)[-_]?(2|j|neox)(?![a-z\d])/, familyGroup: 1, variantGroup: 2 },
  restIsVariant("deepseek"),
  restIsVariant("devstral", "magistral", "codestral", "ministral"),
  versionIsVariant("glm"),
  restIsVariant("kimi"),
  versionIsVariant("granite"),
  restIsVariant("nemotron"),
  versionIsVariant("exaone"),
  restIsVariant("hunyuan"),
  restIsVariant("minimax"),
  restIsVariant("seed-oss"),
  versionIsVariant("olmo", "internlm", "smollm"),
  restIsVariant("command-r"),
  restIsVariant("forge"),
];

/** Architecture → family. */
export const ARCHITECTURES: Readonly<Record<string, string>> = {
  ...toFamily("phi", ["phi", "phi2", "phi3", "phi3.5", "phi4"]),
  ...toFamily("llama", ["llama", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4"]),
  ...toFamily("gemma", ["gemma", "gemma2", "gemma3", "gemma4"]),
  ...toFamily("qwen", ["qwen", "qwen2", "qwen2.5", "qwen3", "qwen3.5", "qwen3.6"]),
  ...toFamily("glm", ["glm", "glm4", "glm4moe", "glm5"]),
  ...toFamily("granite", ["granite", "granitemoe", "granitehybrid"]),
  ...toFamily("exaone", ["exaone", "exaone4"]),
  ...toFamily("olmo", ["olmo", "olmo2"]),
  ...toFamily("internlm", ["internlm", "internlm2", "internlm3"]),
  ...toFamily("smollm", ["smollm", "smollm2", "smollm3"]),
  ...toFamily("seed-oss", ["seed-oss", "seed_oss"]),
  ...toThemselves([
    "mistral",
    "mixtral",
    "deepseek",
    "yi",
    "starcoder",
    "codellama",
    "vicuna",
    "falcon",
    "gpt2",
    "gptj",
    "gptneox",
    "bloom",
    "opt",
    "mpt",
    "kimi",
    "nemotron",
    "hunyuan",
    "minimax",
    "command-r",
  ]),
};

/** Spelling → family, beyond those that are architectures. */
export const FAMILY_ALIASES: Readonly<Record<string, string>> = {
  ...toFamily("deepseek", ["deepseek2", "deepseek3", "deepseek4"]),
  ...toFamily("mistral", ["devstral", "magistral", "codestral", "ministral"]),
  ...toFamily("gpt", ["gpt"]),
};

/** Families whose backends report the architecture they were derived from. */
export const PRESERVED_FAMILIES: readonly string[] = ["nomic-bert", "deepseek-coder-v2", "kimi"];

/** Names that say nothing about the model. */
export const GENERIC_NAMES: readonly string[] = ["model", "unknown", "test", "temp", "default"];

function toFamily(family: string, spellings: readonly string[]): Record<string, string> {
  return Object.fromEntries(spellings.map((spelling) => [spelling, family]));
}

function toThemselves(families: readonly string[]): Record<string, string> {
  return Object.fromEntries(families.map((family) => [family, family]));
}
