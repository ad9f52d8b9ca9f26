import { describe, expect, it } from "vitest";

import type { ErrorCode } from "../domain/failure.ts";
import type { ModelRoute } from "../domain/routing-table.ts";
import type { Clock } from "../ports/clock.ts";
import type { LatencyStats, StatsCollector } from "../ports/stats-collector.ts";
import { makeOutcome } from "./fake-stats-collector.ts";
import { makeEndpoint } from "./make.ts";
import { ManualClock } from "./manual-clock.ts";

/** A percentile may be off by one bucket of a log-linear histogram. */
const PERCENTILE_ERROR = 1 / 16;

const NO_LATENCY: LatencyStats = {
  averageMs: 0,
  minMs: 0,
  maxMs: 0,
  p50Ms: 0,
  p95Ms: 0,
  p99Ms: 0,
};

/**
 * What every `StatsCollector` keeps.
 *
 * @param make a new, empty collector for endpoint and model slots 0 to 3
 */
export function describeStatsCollector(make: (clock: Clock) => StatsCollector): void {
  describe("keeps the StatsCollector contract", () => {
    describeCounting(make);
    describeClasses(make);
    describeLatency(make);
  });
}

function makeModel(slot: number): ModelRoute {
  return { slot, name: `model-${slot}`, endpoints: [], upstreamNames: new Map() };
}

function describeCounting(make: (clock: Clock) => StatsCollector): void {
  const endpoint = makeEndpoint({ slot: 1 });
  const model = makeModel(2);

  it("starts with nothing", () => {
    const stats = make(new ManualClock());
    const nothing = {
      requests: 0,
      succeeded: 0,
      failed: 0,
      refused: 0,
      aborted: 0,
      requestBytes: 0,
      responseBytes: 0,
      retries: 0,
      inputTokens: 0,
      outputTokens: 0,
      latency: NO_LATENCY,
      firstByte: NO_LATENCY,
      firstTokenMs: 0,
      tokensPerSecond: 0,
      lastUsedAt: undefined,
    };
    expect(stats.totals()).toEqual(nothing);
    expect(stats.endpoint(endpoint)).toEqual(nothing);
    expect(stats.model(model)).toEqual(nothing);
    expect(stats.codes().size).toBe(0);
  });

  it("RT-76 counts nine requests with a model as nine, in totals, endpoint and model", () => {
    const stats = make(new ManualClock());
    for (let sent = 0; sent < 9; sent += 1) stats.record(makeOutcome({ endpoint, model }));
    expect(stats.totals().requests).toBe(9);
    expect(stats.endpoint(endpoint).requests).toBe(9);
    expect(stats.model(model).requests).toBe(9);
  });

  it("counts for the endpoint and the model of the request alone", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome({ endpoint, model }));
    for (const slot of [0, 2, 3]) {
      expect(stats.endpoint(makeEndpoint({ slot })).requests, `endpoint slot ${slot}`).toBe(0);
    }
    for (const slot of [0, 1, 3]) {
      expect(stats.model({ slot }).requests, `model slot ${slot}`).toBe(0);
    }
  });

  it("counts a request without endpoint and model in the totals", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome());
    expect(stats.totals().requests).toBe(1);
  });

  it("adds up bytes, and as retries the sends after the first", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome({ endpoint, requestBytes: 100, responseBytes: 3_000, attempts: 3 }));
    stats.record(makeOutcome({ endpoint, requestBytes: 20, responseBytes: 400, attempts: 1 }));
    stats.record(makeOutcome({ endpoint, code: "overloaded", status: 503, attempts: 0 }));
    const expected = { requestBytes: 120, responseBytes: 3_400, retries: 2 };
    expect(stats.totals()).toMatchObject(expected);
    expect(stats.endpoint(endpoint)).toMatchObject(expected);
  });

  it("tells the speed over all tokens of the answers that have one, and the mean wait for the first", () => {
    const stats = make(new ManualClock());
    stats.record(
      makeOutcome({ endpoint, outputTokens: 30, tokensPerSecond: 10, firstTokenMs: 80 }),
    );
    stats.record(
      makeOutcome({ endpoint, outputTokens: 10, tokensPerSecond: 10, firstTokenMs: 40 }),
    );
    stats.record(makeOutcome({ endpoint, outputTokens: 60, tokensPerSecond: 60 }));
    stats.record(makeOutcome({ endpoint, outputTokens: 99 }));
    for (const figures of [stats.totals(), stats.endpoint(endpoint)]) {
      expect(figures.tokensPerSecond).toBeCloseTo(20, 3);
      expect(figures.firstTokenMs).toBeCloseTo(60, 3);
    }
  });

  it("adds up tokens of prompts and answers, whatever became of the request", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome({ endpoint, inputTokens: 40, outputTokens: 17 }));
    const cut = { code: "upstream_truncated", status: 200 } as const;
    stats.record(makeOutcome({ endpoint, ...cut, inputTokens: 2, outputTokens: 3 }));
    const expected = { inputTokens: 42, outputTokens: 20 };
    expect(stats.totals()).toMatchObject(expected);
    expect(stats.endpoint(endpoint)).toMatchObject(expected);
  });

  it("tells the wall time of the last request", () => {
    const clock = new ManualClock();
    const stats = make(clock);
    stats.record(makeOutcome({ endpoint }));
    clock.advance(1_500);
    stats.record(makeOutcome({ model }));
    expect(stats.endpoint(endpoint).lastUsedAt).toBe(clock.wallTime() - 1_500);
    expect(stats.model(model).lastUsedAt).toBe(clock.wallTime());
    expect(stats.totals().lastUsedAt).toBe(clock.wallTime());
  });

  it("counts requests per code and leaves out codes that never occurred", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome());
    stats.record(makeOutcome({ code: "rate_limited", status: 429, attempts: 0 }));
    stats.record(makeOutcome({ code: "upstream_reset", status: 502 }));
    stats.record(makeOutcome({ code: "upstream_reset", status: 502 }));
    expect(Object.fromEntries(stats.codes())).toEqual({ rate_limited: 1, upstream_reset: 2 });
  });
}

interface ClassCase {
  readonly code: ErrorCode | undefined;
  readonly status: number;
  readonly attempts: number;
  readonly counts: "succeeded" | "failed" | "refused" | "aborted";
}

const CLASS_CASES: readonly ClassCase[] = [
  { code: undefined, status: 200, attempts: 1, counts: "succeeded" },
  { code: undefined, status: 404, attempts: 1, counts: "succeeded" },
  { code: undefined, status: 200, attempts: 2, counts: "succeeded" },
  { code: "upstream_error", status: 500, attempts: 1, counts: "failed" },
  { code: "upstream_busy", status: 429, attempts: 2, counts: "failed" },
  { code: "upstream_truncated", status: 200, attempts: 1, counts: "failed" },
  { code: "idle_timeout", status: 200, attempts: 1, counts: "failed" },
  { code: "upstream_connect", status: 502, attempts: 0, counts: "failed" },
  { code: "internal", status: 500, attempts: 1, counts: "failed" },
  { code: "rate_limited", status: 429, attempts: 0, counts: "refused" },
  { code: "body_too_large", status: 413, attempts: 0, counts: "refused" },
  { code: "model_not_found", status: 404, attempts: 0, counts: "refused" },
  { code: "no_endpoint", status: 503, attempts: 0, counts: "refused" },
  { code: "client_aborted", status: 499, attempts: 0, counts: "aborted" },
  { code: "client_aborted", status: 499, attempts: 1, counts: "aborted" },
];

function describeClasses(make: (clock: Clock) => StatsCollector): void {
  it.each(CLASS_CASES)(
    "counts code $code with status $status after $attempts attempts as $counts alone",
    ({ counts, ...outcome }) => {
      const stats = make(new ManualClock());
      stats.record(makeOutcome(outcome));
      const { requests, succeeded, failed, refused, aborted } = stats.totals();
      expect({ requests, succeeded, failed, refused, aborted }).toEqual({
        requests: 1,
        succeeded: 0,
        failed: 0,
        refused: 0,
        aborted: 0,
        [counts]: 1,
      });
    },
  );
}

function describeLatency(make: (clock: Clock) => StatsCollector): void {
  it("measures the latency of successful requests alone", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome({ durationMs: 100, firstByteMs: 40 }));
    stats.record(makeOutcome({ durationMs: 9_000, code: "total_timeout", status: 504 }));
    stats.record(makeOutcome({ durationMs: 1, code: "client_aborted", status: 499 }));
    stats.record(makeOutcome({ durationMs: 2, code: "rate_limited", status: 429, attempts: 0 }));
    stats.record(makeOutcome({ durationMs: 300, firstByteMs: 60 }));
    const { latency, firstByte } = stats.totals();
    expect(latency).toMatchObject({ averageMs: 200, minMs: 100, maxMs: 300 });
    expect(firstByte).toMatchObject({ averageMs: 50, minMs: 40, maxMs: 60 });
  });

  it("leaves answers without a first byte out of the first-byte latency", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome({ firstByteMs: undefined }));
    expect(stats.totals().firstByte).toEqual(NO_LATENCY);
  });

  it("gives every figure of a single request as its own duration", () => {
    const stats = make(new ManualClock());
    stats.record(makeOutcome({ durationMs: 1_234.567 }));
    const own: unknown = expect.closeTo(1_234.567, 3);
    const figures = Object.keys(NO_LATENCY).map((figure) => [figure, own]);
    expect(stats.totals().latency).toEqual(Object.fromEntries(figures));
  });

  it("tells percentiles to within a sixteenth, between minimum and maximum", () => {
    const stats = make(new ManualClock());
    for (let ms = 1; ms <= 1_000; ms += 1) stats.record(makeOutcome({ durationMs: ms }));
    const { minMs, maxMs, averageMs, p50Ms, p95Ms, p99Ms } = stats.totals().latency;
    expect([minMs, averageMs, maxMs]).toEqual([1, 500.5, 1_000]);
    for (const [told, exact] of [
      [p50Ms, 500],
      [p95Ms, 950],
      [p99Ms, 990],
    ] as const) {
      expect(Math.abs(told / exact - 1), `${told} for ${exact}`).toBeLessThan(PERCENTILE_ERROR);
      expect(told).toBeLessThanOrEqual(maxMs);
    }
  });
}
