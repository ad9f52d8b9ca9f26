import { describe, expect, it } from "vitest";

import { createRecordingStats, makeOutcome } from "./fake-stats-collector.ts";
import { describeStatsCollector } from "./stats-collector-contract.ts";

describe("createRecordingStats", () => {
  describeStatsCollector((clock) => createRecordingStats({ wallTime: () => clock.wallTime() }));

  it("keeps what was recorded, in order", () => {
    const stats = createRecordingStats();
    const outcomes = [makeOutcome(), makeOutcome({ status: 404 })];
    for (const outcome of outcomes) stats.record(outcome);
    expect(stats.outcomes).toEqual(outcomes);
  });
});
