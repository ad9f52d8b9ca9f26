import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { RestartPause } from "./restart-pause.ts";

describe("RestartPause", () => {
  it("replaces a thread at once that has lived for a while", () => {
    const clock = new ManualClock();
    const pause = new RestartPause(clock);
    for (let time = 0; time < 3; time += 1) {
      pause.started();
      clock.advance(60_000);
      expect(pause.lost()).toBe(0);
    }
  });

  it("waits twice as long each time while threads end early, at most ten seconds", () => {
    const pause = new RestartPause(new ManualClock());
    const waits = Array.from({ length: 10 }, () => {
      pause.started();
      return pause.lost();
    });
    expect(waits).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });
});
