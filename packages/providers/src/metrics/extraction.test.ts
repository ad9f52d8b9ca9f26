import { describe, expect, it } from "vitest";

import { builtInDocument, builtInNames } from "../profiles/built-in-profiles.ts";
import { type AnswerFigures, compileExtraction } from "./extraction.ts";
import { parseJsonPath, readJsonPath } from "./json-path.ts";

function read(type: string, root: Readonly<Record<string, unknown>>): AnswerFigures | undefined {
  return compileExtraction(builtInDocument(type) ?? {}).extraction?.read(root);
}

const OLLAMA = {
  done: true,
  prompt_eval_count: 40,
  eval_count: 17,
  total_duration: 9e8,
  prompt_eval_duration: 25e7,
  eval_duration: 5e8,
};

describe("parseJsonPath", () => {
  it.each([
    ["$.usage.prompt_tokens", 40],
    ["$.choices[1].finish_reason", "stop"],
    ["$.choices[9].finish_reason", undefined],
    ["$.usage.toString", undefined],
    ["$.text.length", undefined],
  ])("PV-61 leads %s to its value", (text, value) => {
    const root = {
      usage: { prompt_tokens: 40 },
      choices: [{}, { finish_reason: "stop" }],
      text: "x",
    };
    const path = parseJsonPath(text);
    expect(path).toBeDefined();
    expect(path && readJsonPath(root, path)).toBe(value);
  });

  it.each([
    "",
    "usage",
    "$",
    "$[0].usage",
    "$.",
    "$.a..b",
    "$.a[*]",
    "$.a[?(@.b)]",
    "$.a b",
    `$${".a".repeat(17)}`,
    `$.${"a".repeat(300)}`,
  ])("PV-61 takes %s for no path", (text) => {
    expect(parseJsonPath(text)).toBeUndefined();
  });
});

describe("compileExtraction", () => {
  it("finds nothing wrong with any built-in profile", () => {
    for (const name of builtInNames()) {
      expect(compileExtraction(builtInDocument(name) ?? {}).faults, `of ${name}`).toEqual([]);
    }
  });

  it("PV-57 reads tokens and durations of Ollama", () => {
    expect(read("ollama", OLLAMA)).toEqual({
      inputTokens: 40,
      outputTokens: 17,
      tokensPerSecond: 34,
      firstTokenMs: 250,
    });
  });

  it.each([
    { timings: { predicted_per_second: 12.5, prompt_ms: 80 }, tokensPerSecond: 12.5 },
    { timings: { predicted_n: 20, predicted_ms: 500, prompt_ms: 80 }, tokensPerSecond: 40 },
  ])("PV-60 reads the speed that llama.cpp states ($tokensPerSecond)", (one) => {
    const { timings, tokensPerSecond } = one;
    expect(read("llamacpp", { timings })).toMatchObject({ tokensPerSecond, firstTokenMs: 80 });
  });

  it("takes the speed from the duration of the generation when no calculation gives it", () => {
    const metrics = {
      extraction: { enabled: "yes", paths: { output_tokens: "$.n", eval_duration_ns: "$.ns" } },
    };
    const { extraction } = compileExtraction({ metrics });
    expect(extraction?.read({ n: 10, ns: 2e9 }).tokensPerSecond).toBe(5);
    expect(extraction?.names).toEqual(["n", "ns"]);
  });

  it.each([
    { eval_count: -1, eval_duration: 1 },
    { eval_count: 1.5, eval_duration: 0 },
    { eval_count: "many", eval_duration: {} },
    { eval_count: 1e300, eval_duration: 1e-300 },
  ])("makes nothing of figures that are none: %o", (root) => {
    expect(read("ollama", root)).toEqual({
      inputTokens: undefined,
      outputTokens: undefined,
      tokensPerSecond: undefined,
      firstTokenMs: undefined,
    });
  });

  it("PV-61 leaves a bad path and a bad calculation out and keeps the others", () => {
    const metrics = {
      extraction: {
        enabled: true,
        paths: { output_tokens: "$.n", input_tokens: "n" },
        calculations: { tokens_per_second: "output_tokens * 2", ttft_ms: "output_tokens +" },
      },
    };
    const { extraction, faults } = compileExtraction({ metrics });
    expect(faults.map(({ group, field }) => `${group}.${field}`)).toEqual([
      "paths.input_tokens",
      "calculations.ttft_ms",
    ]);
    expect(extraction?.read({ n: 3 })).toMatchObject({ outputTokens: 3, tokensPerSecond: 6 });
  });

  it.each([
    { enabled: false, paths: { output_tokens: "$.n" } },
    { paths: { output_tokens: "$.n" } },
    { enabled: true, source: "response_headers", headers: { output_tokens: "x-n" } },
  ])("reads nothing where a profile does not ask for it: %o", (extraction) => {
    expect(compileExtraction({ metrics: { extraction } }).extraction).toBeUndefined();
  });
});
