import { createSharedState } from "@olla-ts/core";
import type { TranslatorFigures, TranslatorStats, TranslatorUse } from "@olla-ts/core/ports";
import { makeOutcome, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createExposition } from "./exposition.ts";
import { writeTranslatorMetrics } from "./translator-metrics.ts";
import { createTranslatorStats } from "./translator-stats.ts";

function makeStats(shared = createSharedState()): TranslatorStats {
  return createTranslatorStats({ shared, clock: new ManualClock() });
}

function makeUse(over: Partial<TranslatorUse> = {}): TranslatorUse {
  return {
    translator: "anthropic",
    mode: "translated",
    fallback: "cannot_passthrough",
    stream: false,
    firstTokenMs: 4,
    dropped: [],
    ...over,
  };
}

function only(stats: TranslatorStats): TranslatorFigures {
  const [figures, ...others] = stats.figures();
  expect(others).toEqual([]);
  if (figures === undefined) throw new Error("no translator was used");
  return figures;
}

function linesOf(stats: TranslatorStats): readonly string[] {
  const exposition = createExposition();
  writeTranslatorMetrics(exposition, stats.figures());
  return exposition.toText().split("\n");
}

describe("createTranslatorStats", () => {
  it("has nothing to tell before the first request", () => {
    expect(makeStats().figures()).toEqual([]);
  });

  it("keeps translators apart", () => {
    const stats = makeStats();
    stats.record(makeUse({ translator: "ollama" }), makeOutcome());
    stats.record(makeUse(), makeOutcome());
    stats.record(makeUse(), makeOutcome());
    expect(stats.figures().map(({ name, traffic }) => [name, traffic.requests])).toEqual([
      ["anthropic", 2],
      ["ollama", 1],
    ]);
  });

  it("counts mode, stream and the reason for a translation", () => {
    const stats = makeStats();
    stats.record(makeUse({ mode: "passthrough", fallback: undefined }), makeOutcome());
    stats.record(makeUse({ stream: true }), makeOutcome());
    stats.record(makeUse({ fallback: "no_compatible_endpoints" }), makeOutcome());
    expect(only(stats)).toMatchObject({
      passthrough: 1,
      translated: 2,
      streaming: 1,
      fallbacks: {
        no_compatible_endpoints: 1,
        translator_does_not_support_passthrough: 0,
        cannot_passthrough: 1,
      },
    });
  });

  it("TR-62 counts every answer in the class of its status, and a 500 as failed", () => {
    const stats = makeStats();
    const statuses = [200, 204, 304, 400, 429, 500, 503];
    for (const status of statuses) {
      const code = status >= 500 ? "upstream_error" : undefined;
      stats.record(makeUse(), makeOutcome({ status, code }));
    }
    expect(only(stats).statuses).toEqual({ "2xx": 2, "3xx": 1, "4xx": 2, "5xx": 2 });
    expect(only(stats).traffic).toMatchObject({ requests: 7, succeeded: 5, failed: 2 });
  });

  it("counts a client that left in no class", () => {
    const stats = makeStats();
    stats.record(makeUse(), makeOutcome({ status: 499, code: "client_aborted" }));
    expect(only(stats).statuses).toEqual({ "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0 });
    expect(only(stats).traffic.aborted).toBe(1);
  });

  it("sums tokens", () => {
    const stats = makeStats();
    stats.record(makeUse(), makeOutcome({ inputTokens: 3, outputTokens: 5 }));
    stats.record(makeUse(), makeOutcome({ inputTokens: 4, outputTokens: 6 }));
    expect(only(stats).traffic).toMatchObject({ inputTokens: 7, outputTokens: 11 });
  });

  it("has the time to the first token of streams that succeeded alone", () => {
    const stats = makeStats();
    stats.record(makeUse({ stream: true, firstTokenMs: 20 }), makeOutcome());
    stats.record(makeUse({ stream: true, firstTokenMs: undefined }), makeOutcome());
    stats.record(makeUse({ firstTokenMs: 900 }), makeOutcome());
    const broken = makeOutcome({ code: "upstream_reset" });
    stats.record(makeUse({ stream: true, firstTokenMs: 700 }), broken);
    expect(only(stats).firstToken).toMatchObject({ averageMs: 20, maxMs: 20 });
  });

  it("counts a request once for each field that it lost, whatever clients call it", () => {
    const stats = makeStats();
    stats.record(makeUse({ dropped: ["top_k", "messages[0].images"] }), makeOutcome());
    const invented = Array.from({ length: 50 }, (_, index) => `invented_${index}`);
    const dropped = ["messages[0].images", "messages[1].images", ...invented];
    stats.record(makeUse({ dropped }), makeOutcome());
    expect([...only(stats).dropped]).toEqual([
      ["messages", 2],
      ["top_k", 1],
      ["other", 1],
    ]);
  });

  it("shows what another one over the same memory counted", () => {
    const shared = createSharedState();
    const counting = makeStats(shared);
    const reading = makeStats(createSharedState(shared.regions()));
    counting.record(makeUse({ stream: true, dropped: ["seed"] }), makeOutcome());
    expect(reading.figures()).toEqual(counting.figures());
  });
});

describe("writeTranslatorMetrics", () => {
  it("writes nothing before the first request", () => {
    expect(linesOf(makeStats())).toEqual([""]);
  });

  it("TR-62 writes the figures of each translator", () => {
    const stats = makeStats();
    const tokens = { inputTokens: 3, outputTokens: 5 };
    stats.record(makeUse({ stream: true, dropped: ["top_k"] }), makeOutcome(tokens));
    stats.record(makeUse(), makeOutcome({ status: 500, code: "upstream_error" }));
    expect(linesOf(stats)).toEqual(
      expect.arrayContaining([
        'olla_translator_requests_total{translator="anthropic"} 2',
        'olla_translator_successful_requests_total{translator="anthropic"} 1',
        'olla_translator_failed_requests_total{translator="anthropic"} 1',
        'olla_translator_passthrough_requests_total{translator="anthropic"} 0',
        'olla_translator_translation_requests_total{translator="anthropic"} 2',
        'olla_translator_streaming_requests_total{translator="anthropic"} 1',
        'olla_translator_input_tokens_total{translator="anthropic"} 3',
        'olla_translator_output_tokens_total{translator="anthropic"} 5',
        'olla_translator_success_rate_percent{translator="anthropic"} 50',
        'olla_translator_avg_latency_ms{translator="anthropic"} 10',
        'olla_translator_avg_time_to_first_token_ms{translator="anthropic"} 4',
        'olla_translator_responses_total{translator="anthropic",status="2xx"} 1',
        'olla_translator_responses_total{translator="anthropic",status="5xx"} 1',
        'olla_translator_fallbacks_total{translator="anthropic",reason="cannot_passthrough"} 2',
        'olla_translator_dropped_fields_total{translator="anthropic",field="top_k"} 1',
      ]),
    );
  });
});
