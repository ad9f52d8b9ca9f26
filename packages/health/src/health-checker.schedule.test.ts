import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { endpoint, makeHealthWorld } from "../testing/health-world.ts";
import { refused } from "../testing/scripted-fetch.ts";

describe("createHealthChecker", () => {
  describe("intervals", () => {
    it("R14 C12 probes on the endpoint's own interval", async () => {
      const { checker, timesOfProbes } = makeHealthWorld();
      using _monitoring = checker.startMonitoring();
      expect(await timesOfProbes(6_000)).toEqual([0, 2_000, 4_000, 6_000]);
    });

    it.each([
      { random: 0, times: [0, 1_800, 3_600] },
      { random: 0.999, times: [0, 2_200, 4_400] },
    ])("spreads intervals by a tenth either way ($times)", async ({ random, times }) => {
      const { checker, timesOfProbes } = makeHealthWorld({ random: () => random });
      using _monitoring = checker.startMonitoring();
      expect(await timesOfProbes(4_500)).toEqual(times);
    });

    it("RT-54 finds a dead backend within 3 s when the interval is 2 s", async () => {
      const { checker, backend, pass, status } = makeHealthWorld({ random: () => 0.999 });
      using _monitoring = checker.startMonitoring();
      await pass(100);
      backend.always(refused);
      await pass(3_000);
      expect(status()).toBe("offline");
    });

    it("RT-53 waits 1, 2, 4, 8, 12 and 12 intervals after failed probes in a row", async () => {
      const { checker, backend, timesOfProbes } = makeHealthWorld();
      backend.always(500);
      using _monitoring = checker.startMonitoring();
      const times = await timesOfProbes(80_000, 500);
      const waits = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 2_000);
      expect(waits).toEqual([1, 2, 4, 8, 12, 12]);
    });

    it("RT-53 waits a minute at most", async () => {
      const { checker, backend, timesOfProbes } = makeHealthWorld({ random: () => 0.999 }, [
        { ...endpoint, checkIntervalMs: 50_000 },
      ]);
      backend.always(500);
      using _monitoring = checker.startMonitoring();
      expect(await timesOfProbes(180_000, 1_000)).toEqual([0, 55_000, 115_000, 175_000]);
    });

    it("begins with the plain interval again after a good probe", async () => {
      const { checker, backend, timesOfProbes } = makeHealthWorld();
      backend.next(500, 500, 200, 500, 500);
      using _monitoring = checker.startMonitoring();
      expect(await timesOfProbes(14_000)).toEqual([0, 2_000, 6_000, 8_000, 10_000, 14_000]);
    });

    it("has no more probes under way than allowed, and starts the others as these end", async () => {
      const many = Array.from({ length: 5 }, (_, slot) => makeEndpoint({ slot }));
      const { checker, backend, pass } = makeHealthWorld({ maxConcurrent: 2 }, many);
      backend.always("held");
      using _monitoring = checker.startMonitoring();
      await pass(0);
      expect(backend.requests).toHaveLength(2);
      backend.release(200);
      await pass(0);
      expect(backend.requests).toHaveLength(3);
    });

    it("says when the next probe is due", async () => {
      const { checker, clock, pass } = makeHealthWorld();
      using _monitoring = checker.startMonitoring();
      await pass(0);
      const { checkedAt, nextCheckAt } = checker.getStatus(endpoint);
      expect(checkedAt).toBe(clock.wallTime());
      expect(nextCheckAt).toBe(clock.wallTime() + 2_000);
    });

    it("follows a shorter interval from the moment it is set", async () => {
      const { checker, pass, timesOfProbes } = makeHealthWorld({}, [
        { ...endpoint, checkIntervalMs: 60_000 },
      ]);
      using _monitoring = checker.startMonitoring();
      await pass(1_000);
      checker.setEndpoints([endpoint]);
      expect(await timesOfProbes(4_000)).toEqual([2_000, 4_000]);
    });

    it("aborts what is under way, and leaves no timer, when monitoring ends", async () => {
      const { checker, backend, clock, pass, status } = makeHealthWorld();
      backend.next("hang");
      const monitoring = checker.startMonitoring();
      await pass(0);
      monitoring[Symbol.dispose]();
      await pass(0);
      expect(backend.requests[0]?.init.signal.aborted).toBe(true);
      expect(clock.pending).toBe(0);
      expect(status()).toBe("unknown");
    });

    it("refuses to monitor twice at a time, and monitors again after the end", async () => {
      const { checker, backend, pass } = makeHealthWorld();
      const first = checker.startMonitoring();
      expect(() => checker.startMonitoring()).toThrow("already monitored");
      await pass(0);
      first[Symbol.dispose]();
      using _again = checker.startMonitoring();
      first[Symbol.dispose]();
      await pass(2_000);
      expect(backend.requests).toHaveLength(3);
    });
  });
});
