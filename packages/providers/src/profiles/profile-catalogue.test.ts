import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { builtInProfiles } from "./built-in-profiles.ts";
import { createProfileCatalogue, type ProfileCatalogue } from "./profile-catalogue.ts";
import { describeProblem } from "./profile-problem.ts";

/** A catalogue over files that are only in memory. */
function catalogueOf(texts: Readonly<Record<string, string>>): ProfileCatalogue {
  const files = {
    list: () => Object.keys(texts),
    read: (file: string) => {
      const text = texts[file];
      if (text === undefined) throw new Error("permission denied");
      return text;
    },
  };
  return createProfileCatalogue({ directory: "profiles", files });
}

const refuse = (): never => {
  throw new Error("permission denied");
};

const messagesOf = ({ problems }: ProfileCatalogue): readonly string[] =>
  problems.map(describeProblem);

describe("createProfileCatalogue", () => {
  it.each([
    ["lmstudio", "lm-studio"],
    ["lm_studio", "lm-studio"],
    ["LM Studio", "lm-studio"],
    ["dmr", "docker-model-runner"],
    ["openai", "openai-compatible"],
    ["llama.cpp", "llamacpp"],
    ["llama-cpp", "llamacpp"],
    ["llama_cpp", "llamacpp"],
    ["tgi", "tgi"],
    ["hf-tgi", "tgi"],
    ["OLLAMA", "ollama"],
    ["vllm_mlx", "vllm-mlx"],
    [" auto ", "auto"],
    ["", "auto"],
    ["bogus", undefined],
  ])("PV-2 PV-9 PV-10 PV-11 takes the type %s for %s", (spelling, type) => {
    expect(createProfileCatalogue().canonicalType(spelling)).toBe(type);
  });

  it("PV-13 matches a prefix written in capitals in any case", () => {
    const catalogue = catalogueOf({
      "a.yaml": "name: acme-llm\nrouting: { prefixes: [ACME] }",
    });
    expect(catalogue.canonicalType("Acme")).toBe("acme-llm");
    expect(catalogue.profiles.get("acme-llm")?.prefixes).toEqual(["acme"]);
  });

  it("PV-16 PV-17 tells the limits that the user's own files state from those that are built in", () => {
    const { profiles } = catalogueOf({
      "a.yaml": "name: ollama\ncharacteristics: { max_concurrent_requests: 2 }",
      "b.yaml": "name: house\nextends: vllm\ncharacteristics: { timeout: 1m30s }",
      "c.yaml": "name: inner\nextends: house",
    });
    const nothing = { timeoutMs: undefined, maxConcurrentRequests: undefined };
    expect(profiles.get("ollama")).toMatchObject({
      limits: { timeoutMs: 300_000, maxConcurrentRequests: 2 },
      ownLimits: { ...nothing, maxConcurrentRequests: 2 },
    });
    for (const type of ["house", "inner"]) {
      expect(profiles.get(type)).toMatchObject({
        limits: { timeoutMs: 90_000, maxConcurrentRequests: 100 },
        ownLimits: { ...nothing, timeoutMs: 90_000 },
      });
    }
    expect(profiles.get("lm-studio")).toMatchObject({
      limits: { timeoutMs: 180_000, maxConcurrentRequests: 1 },
      ownLimits: nothing,
    });
  });

  it("PV-61 warns of a calculation that is none, naming profile and field, and uses the others", () => {
    const catalogue = catalogueOf({
      "a.yaml": `name: acme-llm
metrics:
  extraction:
    enabled: true
    paths: { output_tokens: "$.n" }
    calculations:
      tokens_per_second: "output_tokens * 2"
      ttft_ms: "output_tokens +"
`,
      "b.yaml": "name: other\nextends: acme-llm",
    });
    expect(messagesOf(catalogue)).toEqual([
      'a.yaml:8:7: warning: profile "acme-llm": "metrics.extraction.calculations.ttft_ms" is not used: unexpected the end at character 16',
    ]);
    for (const type of ["acme-llm", "other"]) {
      const figures = catalogue.extractions.get(type)?.read({ n: 3 });
      expect(figures).toMatchObject({ outputTokens: 3, tokensPerSecond: 6 });
    }
  });

  it("has every built-in profile, sorted and free of clashes, without a directory", () => {
    const { profiles, problems } = createProfileCatalogue();
    expect(problems).toEqual([]);
    expect([...profiles.keys()]).toEqual([...builtInProfiles().keys()].toSorted());
  });

  it("PV-5 PV-6 leaves a bad file out, names it, and uses the others", () => {
    const catalogue = catalogueOf({
      "bad.yaml": "version: 1.0",
      "good.yaml": "name: good",
      "worse.yaml": "name: [",
    });
    expect(catalogue.profiles.has("good")).toBe(true);
    expect(catalogue.problems.map(({ file, severity }) => [file, severity])).toEqual([
      ["bad.yaml", "error"],
      ["worse.yaml", "error"],
    ]);
  });

  it("takes a bad file of a built-in name as if it were absent", () => {
    const { profiles } = catalogueOf({ "vllm.yaml": "name: vllm\napi: 1" });
    expect(profiles.get("vllm")).toEqual(builtInProfiles().get("vllm"));
  });

  it("reads .yaml and .yml, and nothing else", () => {
    const { profiles } = catalogueOf({
      "a.yaml": "name: a",
      "b.YML": "name: b",
      "c.json": '{"name":"c"}',
    });
    expect(["a", "b", "c"].filter((name) => profiles.has(name))).toEqual(["a", "b"]);
  });

  it("uses the last file of a name and says which it replaces", () => {
    const catalogue = catalogueOf({
      "2.yaml": "name: a\ndisplay_name: Second",
      "1.yaml": "name: a\ndisplay_name: First",
    });
    expect(catalogue.profiles.get("a")?.displayName).toBe("Second");
    expect(messagesOf(catalogue)).toEqual([
      '2.yaml:1:1: warning: profile "a" replaces the one of 1.yaml',
    ]);
  });

  it("lets profiles extend each other, in any order of files", () => {
    const { profiles } = catalogueOf({
      "1.yaml": "name: child\nextends: parent\napi: { health_check_path: /c }",
      "2.yaml": "name: parent\nextends: vllm\nrouting: { prefixes: [parent] }",
    });
    expect(profiles.get("child")).toMatchObject({
      healthPath: "/c",
      modelListFormat: "vllm",
      prefixes: [],
    });
  });

  it("lets a profile extend the built-in one of its own name", () => {
    const { profiles } = catalogueOf({ "1.yaml": "name: vllm\nextends: vllm" });
    expect(profiles.get("vllm")).toEqual(builtInProfiles().get("vllm"));
  });

  it("refuses profiles that extend each other in a circle", () => {
    const catalogue = catalogueOf({
      "1.yaml": "name: a\nextends: b",
      "2.yaml": "name: b\nextends: a",
    });
    expect(catalogue.profiles.has("a")).toBe(false);
    expect(messagesOf(catalogue)).toEqual([
      '1.yaml:2:1: error: "extends" goes in a circle: a → b → a',
      '2.yaml:2:1: error: "extends" goes in a circle: b → a → b',
    ]);
  });

  it("refuses a profile that extends one that does not exist", () => {
    const catalogue = catalogueOf({ "1.yaml": "name: a\nextends: acne", "2.yaml": "name: acme" });
    expect(messagesOf(catalogue)).toEqual([
      '1.yaml:2:1: error: "extends" names "acne", which is no profile; did you mean "acme"?',
    ]);
  });

  it("refuses a profile that extends a broken one, and says which", () => {
    const catalogue = catalogueOf({
      "1.yaml": "name: a\nextends: b",
      "2.yaml": "name: b\nextends: nothing-like-it",
    });
    expect(messagesOf(catalogue)[0]).toBe(
      '1.yaml:2:1: error: "extends" leads to "b", which cannot be used itself (2.yaml)',
    );
    expect(messagesOf(catalogue)[1]).toContain("which is no profile; known: a, anthropic, b");
  });

  it("PV-12 calls one prefix of two files fatal and names both", () => {
    const catalogue = catalogueOf({
      "1.yaml": "name: a\nrouting: { prefixes: [x] }",
      "2.yaml": "name: b\nrouting: { prefixes: [y, x] }",
    });
    expect(messagesOf(catalogue)).toEqual([
      '2.yaml:2:12: fatal: "x" is claimed by two profiles: "a" (prefix, 1.yaml) and "b" (prefix, 2.yaml); ' +
        'rename one, or give both the same "name" to merge them',
    ]);
  });

  it("PV-12 calls a built-in prefix in a file of another name fatal", () => {
    const catalogue = catalogueOf({ "1.yaml": "name: mine\nrouting: { prefixes: [vllm] }" });
    expect(catalogue.problems).toMatchObject([{ severity: "fatal", file: "1.yaml", line: 2 }]);
    expect(messagesOf(catalogue)[0]).toContain(
      '"vllm" (name, built in) and "mine" (prefix, 1.yaml)',
    );
  });

  it("names the file when it stands in front of the built-in profile", () => {
    const catalogue = catalogueOf({ "1.yaml": "name: dmr" });
    expect(catalogue.problems).toMatchObject([{ severity: "fatal", file: "1.yaml" }]);
  });

  it("gives an alias of a built-in profile to a file that wants it", () => {
    const catalogue = catalogueOf({ "1.yaml": "name: mlx" });
    expect(catalogue.problems).toEqual([]);
    expect(catalogue.canonicalType("mlx")).toBe("mlx");
    expect(catalogue.canonicalType("mlx-lm")).toBe("mlx-lm");
  });

  it("reports a folder and a file that cannot be read", () => {
    const folder = createProfileCatalogue({
      directory: "profiles",
      files: { list: refuse, read: refuse },
    });
    const file = createProfileCatalogue({
      directory: "profiles",
      files: { list: () => ["a.yaml"], read: refuse },
    });
    expect(messagesOf(folder)).toEqual(["profiles: error: cannot be read: permission denied"]);
    expect(messagesOf(file)).toEqual(["a.yaml: error: cannot be read: permission denied"]);
  });
});

describe("createProfileCatalogue on disk", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "profiles-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it("PV-7 counts an absent folder as empty", () => {
    const catalogue = createProfileCatalogue({ directory: join(directory, "absent") });
    expect(catalogue.problems).toEqual([]);
    expect(catalogue.profiles).toEqual(createProfileCatalogue().profiles);
  });

  it("finds files in sub-folders, but not the hidden copies of a mounted volume", () => {
    for (const folder of ["deep/er", "..2026_01_01"]) {
      mkdirSync(join(directory, folder), { recursive: true });
    }
    writeFileSync(join(directory, "deep/er/a.yml"), "name: a");
    writeFileSync(join(directory, "..2026_01_01/b.yaml"), "name: b");
    const { profiles } = createProfileCatalogue({ directory });
    expect(profiles.has("a")).toBe(true);
    expect(profiles.has("b")).toBe(false);
  });

  it("reports a folder whose name ends like a file's", () => {
    mkdirSync(join(directory, "x.yaml"));
    const { problems } = createProfileCatalogue({ directory });
    expect(problems).toMatchObject([{ severity: "error", file: join(directory, "x.yaml") }]);
  });
});
