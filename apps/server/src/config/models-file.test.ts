import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadModels, type LoadedModels } from "./models-file.ts";
import { formatProblem } from "./problem.ts";

const USABLE = "quantization: {mappings: {Q4: q4}}\n";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "olla-models-"));
  mkdirSync(join(root, "a", "b"), { recursive: true });
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text = USABLE): void {
  const file = join(root, "a", "b", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function load(env: Record<string, string> = {}, configFile?: string): LoadedModels {
  return loadModels({ cwd: join(root, "a", "b"), configFile, env });
}

function problemsOf(text: string): readonly string[] {
  write("models.yaml", text);
  return load().problems.map((problem) => formatProblem(problem));
}

describe("loadModels", () => {
  it("takes the first file of its order, and no other", () => {
    const order = [
      "models.yaml",
      "config/models.yaml",
      "config-base/models.yaml",
      "../config/models.yaml",
      "../../config/models.yaml",
      "beside/models.yaml",
      "own/models.yaml",
    ];
    for (const path of order) write(path);
    for (const path of order) {
      expect(load({ OLLA_CONFIG_DIR: "own" }, "beside/config.yaml").path).toBe(path);
      rmSync(join(root, "a", "b", path));
    }
    expect(load({ OLLA_CONFIG_DIR: "own" })).toEqual({
      path: undefined,
      tables: undefined,
      problems: [],
    });
  });

  it("does without OLLA_CONFIG_DIR when it is empty", () => {
    expect(load({ OLLA_CONFIG_DIR: "" }).path).toBeUndefined();
  });

  it.each([
    ["a: [", /^models\.yaml:\d+:\d+: /],
    ["# nothing\n", /^models\.yaml: holds nothing; it is skipped$/],
    [`${"# padding\n".repeat(110_000)}${USABLE}`, /^models\.yaml: is larger than 1048576 bytes/],
  ])("skips a file that cannot be used for the next, with a warning", (text, message) => {
    write("models.yaml", text);
    write("config/models.yaml");
    const { path, problems } = load();
    expect(path).toBe("config/models.yaml");
    expect(problems.map(({ severity }) => severity)).toEqual(["warning"]);
    expect(problems.map((problem) => formatProblem(problem))).toEqual([
      expect.stringMatching(message),
    ]);
  });

  it("skips what cannot be read, such as a folder", () => {
    mkdirSync(join(root, "a", "b", "models.yaml"));
    write("config/models.yaml");
    const { path, problems } = load();
    expect(path).toBe("config/models.yaml");
    expect(problems[0]?.message).toBe("cannot be read (EISDIR); it is skipped");
  });

  it("tells unknown keys with their place and what was meant", () => {
    expect(problemsOf("version: 1.0\nquantisation: {mappings: {Q4: q4}}\n")).toEqual([
      'models.yaml:2:1: quantisation: unknown key, ignored; did you mean "quantization"?',
    ]);
  });

  it("keeps the built-in table where one is wrong, and uses the others", () => {
    write(
      "models.yaml",
      `model_extraction:
  family_aliases: [llama]
  family_patterns:
    - {pattern: '^(pine)', family_group: one}
quantization:
  mappings: {Q4: q4}
capabilities:
  context_thresholds: {long_context: 0}
`,
    );
    const { tables, problems } = load();
    expect(problems.map((problem) => formatProblem(problem))).toEqual([
      'models.yaml:4:28: model_extraction.family_patterns[0].family_group: expected a whole number, got "one"; the built-in table is used',
      expect.stringMatching(
        /^models\.yaml:2:3: model_extraction\.family_aliases: .*; the built-in table is used$/,
      ),
      "models.yaml:8:24: capabilities.context_thresholds.long_context: must be at least 1; the built-in table is used",
    ]);
    expect(tables?.familyPatterns).toBeUndefined();
    expect(tables?.file.model_extraction.family_aliases).toBeUndefined();
    expect(tables?.file.quantization.mappings).toEqual({ Q4: "q4" });
  });

  it("names a pattern that does not compile, and keeps that table's built-in form alone", () => {
    write(
      "models.yaml",
      `model_extraction:
  family_patterns:
    - {pattern: '^(pine)'}
    - {pattern: '^(oak'}
capabilities:
  name_patterns:
    - {pattern: 'OAK', capabilities: [shade]}
`,
    );
    const { tables, problems } = load();
    expect(problems.map((problem) => formatProblem(problem))).toEqual([
      expect.stringMatching(
        /^models\.yaml:4:8: model_extraction\.family_patterns\[1\]\.pattern: "\^\(oak" does not compile \(.*\); the built-in table is used$/,
      ),
    ]);
    expect(tables?.familyPatterns).toBeUndefined();
    expect(tables?.nameCapabilities?.[0]?.pattern.exec("an oak")).toEqual(["oak"]);
  });

  it.each([
    [
      "{pattern: '^(pine)', variant_group: 2}",
      'models.yaml:1:39: model_extraction.family_patterns[0].pattern: "^(pine)" has 1 groups, not 2; the built-in table is used',
    ],
    [
      "{family_group: 0}",
      'models.yaml:1:38: model_extraction.family_patterns[0].pattern: "" is empty; the built-in table is used',
    ],
  ])("refuses the pattern of %s", (entry, message) => {
    expect(problemsOf(`model_extraction: {family_patterns: [${entry}]}`)).toEqual([message]);
  });
});
