import { bucketOf, HISTOGRAM_BUCKETS } from "@olla-ts/core";
import { createRecordingStats, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createHistory, type History } from "./history.ts";

function start(keptMs = 3_600_000) {
  const clock = new ManualClock();
  const empty = createRecordingStats().totals();
  let totals = empty;
  const durations = new Uint32Array(HISTOGRAM_BUCKETS);
  const history: History = createHistory({
    clock,
    totals: () => totals,
    latencies: () => ({
      durations: durations.slice(),
      firstTokens: new Uint32Array(HISTOGRAM_BUCKETS),
    }),
    inFlight: () => 3,
    keptMs,
  });
  return {
    history,
    serve: (requests: number, latencyMs: number): void => {
      totals = {
        ...totals,
        succeeded: totals.succeeded + requests,
        outputTokens: totals.outputTokens + 10,
      };
      durations[bucketOf(latencyMs * 1_000)]! += requests;
    },
    pass: (): void => {
      clock.advance(5_000);
      history.sample();
    },
  };
}

describe("createHistory", () => {
  it("makes rates of what counters grew by, and percentiles of what ended in between", () => {
    const { history, serve, pass } = start();
    serve(20, 100);
    pass();
    pass();
    serve(5, 800);
    pass();
    const { succeeded, tokens, p50Ms, firstTokenP50Ms, inFlight, first } = history.read(0);
    expect(succeeded).toEqual([4, 0, 1]);
    expect(tokens).toEqual([2, 0, 2]);
    expect(inFlight).toEqual([3, 3, 3]);
    expect(first).toBe(0);
    expect(p50Ms[0]).toBeGreaterThan(95);
    expect(p50Ms[0]).toBeLessThan(110);
    expect(p50Ms[1]).toBeNull();
    expect(p50Ms[2]).toBeGreaterThan(760);
    expect(firstTokenP50Ms).toEqual([null, null, null]);
  });

  it("goes on from where a page is", () => {
    const { history, pass } = start();
    for (let turn = 0; turn < 4; turn += 1) pass();
    expect(history.read(3)).toMatchObject({ first: 3, at: [expect.any(Number)] });
    expect(history.read(4)).toMatchObject({ first: 4, at: [] });
  });

  it("keeps an hour, whatever happens", () => {
    const { history, pass } = start(50_000);
    for (let turn = 0; turn < 25; turn += 1) pass();
    const { first, at } = history.read(0);
    expect(first).toBe(15);
    expect(at).toHaveLength(10);
    expect(at.toSorted((a, b) => a - b)).toEqual(at);
  });
});
