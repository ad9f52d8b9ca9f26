import { describe, expect, it } from "vitest";

import { TrafficWindow, type WindowEntry } from "./traffic-window.ts";

function entry(over: Partial<WindowEntry> = {}): WindowEntry {
  return {
    failed: false,
    succeeded: true,
    durationMs: 100,
    firstTokenMs: undefined,
    outputTokens: 0,
    ...over,
  };
}

describe("TrafficWindow", () => {
  it("tells rates of the last minute", () => {
    const window = new TrafficWindow(0);
    for (let now = 1_000; now <= 120_000; now += 1_000) {
      window.add(now, entry({ failed: now % 4_000 === 0 }));
    }
    expect(window.read(120_000).requestsPerSecond).toBeCloseTo(1, 1);
    expect(window.read(120_000).failedPerSecond).toBeCloseTo(0.25, 1);
  });

  it("does not dilute the first seconds with a minute that never was", () => {
    const window = new TrafficWindow(10_000);
    for (let now = 10_100; now <= 15_000; now += 100) window.add(now, entry());
    expect(window.read(15_000).requestsPerSecond).toBeCloseTo(10, 0);
  });

  it("forgets what is older than a minute", () => {
    const window = new TrafficWindow(0);
    window.add(1_000, entry());
    expect(window.isIdle(50_000)).toBe(false);
    expect(window.isIdle(61_000)).toBe(true);
    expect(window.read(61_000)).toMatchObject({ requestsPerSecond: 0, averageMs: undefined });
  });

  it("averages the duration of successes alone", () => {
    const window = new TrafficWindow(0);
    window.add(1_000, entry({ durationMs: 100 }));
    window.add(1_000, entry({ durationMs: 300 }));
    window.add(1_000, entry({ succeeded: false, failed: true, durationMs: 9_000 }));
    expect(window.read(2_000).averageMs).toBe(200);
  });

  it("tells the pace of an answer from its first token on", () => {
    const window = new TrafficWindow(0);
    window.add(1_000, entry({ durationMs: 2_000, firstTokenMs: 1_000, outputTokens: 51 }));
    const { firstTokenMs, tokensPerSecond } = window.read(2_000);
    expect(firstTokenMs).toBe(1_000);
    expect(tokensPerSecond).toBe(50);
  });

  it("tells no pace where no tokens were counted", () => {
    const window = new TrafficWindow(0);
    window.add(1_000, entry({ firstTokenMs: 50 }));
    expect(window.read(2_000)).toMatchObject({ tokensPerSecond: undefined, tokenThroughput: 0 });
  });
});
