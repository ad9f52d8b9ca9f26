import { describe, expect, it } from "vitest";

import { createExposition } from "./exposition.ts";
import type { GenAiSnapshot } from "./gateway-snapshot.ts";
import { writeGenAiMetrics } from "./gen-ai-metrics.ts";

const NONE = { counts: [0, 0], sum: 0 };

function linesOf(groups: readonly Partial<GenAiSnapshot>[]): readonly string[] {
  const exposition = createExposition();
  const full = groups.map((group) => ({
    operation: "chat" as const,
    provider: "ollama",
    modelSlot: 1,
    model: "m1",
    error: undefined,
    isRest: false,
    duration: NONE,
    firstToken: NONE,
    outputToken: NONE,
    input: NONE,
    output: NONE,
    ...group,
  }));
  writeGenAiMetrics(exposition, full);
  return exposition.toText().trimEnd().split("\n");
}

describe("writeGenAiMetrics", () => {
  it("writes buckets that add up, their sum and count", () => {
    const duration = { counts: [2, 0, 1, ...Array.from({ length: 12 }, () => 0)], sum: 0.0425 };
    const lines = linesOf([{ duration }]);
    const labels =
      'gen_ai_operation_name="chat",gen_ai_provider_name="ollama",gen_ai_request_model="m1"';
    const name = "gen_ai_server_request_duration_seconds";
    expect(lines).toContain(`# TYPE ${name} histogram`);
    expect(lines).toContain(`${name}_bucket{${labels},le="0.01"} 2`);
    expect(lines).toContain(`${name}_bucket{${labels},le="0.02"} 2`);
    expect(lines).toContain(`${name}_bucket{${labels},le="0.04"} 3`);
    expect(lines).toContain(`${name}_bucket{${labels},le="+Inf"} 3`);
    expect(lines).toContain(`${name}_sum{${labels}} 0.0425`);
    expect(lines).toContain(`${name}_count{${labels}} 3`);
    expect(lines.some((line) => line.includes("token"))).toBe(false);
  });

  it("names errors of durations alone, and both kinds of tokens", () => {
    const counts = [1, ...Array.from({ length: 14 }, () => 0)];
    const input = { counts, sum: 1 };
    const lines = linesOf([{ error: "idle_timeout", duration: input, input, output: input }]);
    const counted = lines.filter((line) => line.endsWith(" 1") && line.includes("_count"));
    expect(counted).toHaveLength(3);
    expect(counted.filter((line) => line.includes('error_type="idle_timeout"'))).toHaveLength(1);
    expect(counted.filter((line) => /gen_ai_token_type="(?:in|out)put"/.test(line))).toHaveLength(
      2,
    );
  });

  it.each([
    [{ provider: undefined, model: undefined, modelSlot: undefined }, "olla", "unknown"],
    [{ model: undefined }, "ollama", "other"],
    [
      { provider: undefined, model: undefined, modelSlot: undefined, isRest: true },
      "other",
      "other",
    ],
  ])("has names for what has none: %o", (group, provider, model) => {
    const duration = { counts: [1], sum: 1 };
    const text = linesOf([{ ...group, duration }]).join("\n");
    expect(text).toContain(`gen_ai_provider_name="${provider}",gen_ai_request_model="${model}"`);
  });

  it("adds up groups whose labels became the same", () => {
    const duration = { counts: [1], sum: 1 };
    const lines = linesOf([
      { model: undefined, duration },
      { model: undefined, modelSlot: 2, duration },
    ]);
    expect(lines.filter((line) => line.includes("_count"))).toEqual([expect.stringMatching(/ 2$/)]);
  });
});
