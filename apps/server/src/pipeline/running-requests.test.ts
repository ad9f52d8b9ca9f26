import { describe, expect, it } from "vitest";

import { RunningRequests } from "./running-requests.ts";

describe("RunningRequests", () => {
  it("is idle at once without any", async () => {
    await expect(new RunningRequests().idle()).resolves.toBeUndefined();
  });

  it("becomes idle with the end of the last one, for everybody who waits", async () => {
    const running = new RunningRequests();
    running.begin();
    running.begin();
    const told: string[] = [];
    const waits = ["a", "b"].map(async (name) => {
      await running.idle();
      told.push(name);
    });
    running.end();
    await Promise.resolve();
    expect(told).toEqual([]);
    expect(running.count).toBe(1);
    running.end();
    await Promise.all(waits);
    expect(told).toEqual(["a", "b"]);
  });
});
