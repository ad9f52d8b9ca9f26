import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { endpoint, makeHealthWorld } from "../testing/health-world.ts";
import { refused } from "../testing/scripted-fetch.ts";

describe("createHealthChecker", () => {
  describe("slow probes", () => {
    it("leave an endpoint in rotation that serves real traffic, once", async () => {
      const world = makeHealthWorld({ trafficAt: () => world.clock.wallTime() - 500 });
      using _monitoring = world.checker.startMonitoring();
      await world.pass(100);
      world.backend.next("hang", 200);
      await world.pass(3_500);
      expect(world.checker.getStatus(endpoint)).toMatchObject({
        status: "healthy",
        consecutiveFailures: 1,
        lastError: "no answer within 1000 ms",
      });
      await world.pass(5_000);
      expect(world.changes).toHaveLength(1);
    });

    it("take it out when there are two in a row", async () => {
      const world = makeHealthWorld({ trafficAt: () => world.clock.wallTime() - 500 });
      using _monitoring = world.checker.startMonitoring();
      await world.pass(100);
      world.backend.next("hang", "hang");
      await world.pass(6_500);
      expect(world.changes.map(({ after }) => after)).toEqual(["healthy", "offline"]);
    });

    it.each([
      { agoMs: 4_100, situation: "whose last success is older than two intervals" },
      { agoMs: undefined, situation: "without traffic" },
    ])("take an endpoint out at once $situation", async ({ agoMs }) => {
      const world = makeHealthWorld({
        trafficAt: () => (agoMs === undefined ? undefined : world.clock.wallTime() - agoMs),
      });
      using _monitoring = world.checker.startMonitoring();
      await world.pass(100);
      world.backend.next("hang");
      await world.pass(3_000);
      expect(world.status()).toBe("offline");
    });

    it("are told from a refused connection, which takes it out at once", async () => {
      const world = makeHealthWorld({ trafficAt: () => world.clock.wallTime() - 0 });
      using _monitoring = world.checker.startMonitoring();
      await world.pass(100);
      world.backend.always(refused);
      await world.pass(2_300);
      expect(world.status()).toBe("offline");
    });
  });

  describe("failures of real traffic", () => {
    it("R2 take the endpoint out at once and have it probed on the next tick", async () => {
      const { checker, backend, pass, timesOfProbes, status } = makeHealthWorld();
      using _monitoring = checker.startMonitoring();
      await pass(500);
      backend.always(500);
      checker.reportFailure(endpoint, "connect_timeout");
      expect(status()).toBe("offline");
      expect(checker.getStatus(endpoint).lastError).toBe("a request failed: connect_timeout");
      expect(await timesOfProbes(200)).toEqual([0]);
    });

    it("are followed by a probe a second for 30 s, then by the normal back-off", async () => {
      const { checker, backend, pass, timesOfProbes } = makeHealthWorld();
      using _monitoring = checker.startMonitoring();
      await pass(500);
      backend.always(500);
      checker.reportFailure(endpoint, "upstream_connect");
      const times = await timesOfProbes(50_000, 500);
      const everySecond = Array.from({ length: 31 }, (_, second) => second * 1_000);
      expect(times).toEqual([...everySecond, 32_000, 36_000, 44_000]);
    });

    it("RT-52 RT-55 are over with the first good probe, within 2 s of it being possible", async () => {
      const { checker, backend, changes, pass, status } = makeHealthWorld({}, [
        { ...endpoint, checkIntervalMs: 30_000 },
      ]);
      using _monitoring = checker.startMonitoring();
      await pass(500);
      backend.always(refused);
      checker.reportFailure(endpoint, "upstream_connect");
      await pass(10_000);
      backend.always(200);
      await pass(2_000);
      expect(status()).toBe("healthy");
      expect(changes.map(({ after }) => after)).toEqual(["healthy", "offline", "healthy"]);
      expect(checker.getStatus(endpoint)).toMatchObject({
        consecutiveFailures: 0,
        lastError: undefined,
      });
    });

    it("are not overruled by a probe that began before them", async () => {
      const { checker, backend, pass, status } = makeHealthWorld();
      backend.next(200, "held", "hang");
      using _monitoring = checker.startMonitoring();
      await pass(2_000);
      checker.reportFailure(endpoint, "upstream_reset");
      backend.release(200);
      await pass(100);
      expect(backend.requests).toHaveLength(3);
      expect(status()).toBe("offline");
    });

    it("start no storm of probes when many requests fail together", async () => {
      const { checker, backend, pass } = makeHealthWorld();
      using _monitoring = checker.startMonitoring();
      await pass(500);
      const before = backend.requests.length;
      for (let request = 0; request < 100; request += 1) {
        checker.reportFailure(endpoint, "upstream_reset");
      }
      await pass(500);
      expect(backend.requests.length - before).toBe(1);
    });

    it("of an endpoint that is not set change nothing", () => {
      const { checker, states } = makeHealthWorld();
      states.setStatus(5, "healthy");
      checker.reportFailure(makeEndpoint({ slot: 5 }), "upstream_connect");
      expect(states.status(5)).toBe("healthy");
    });
  });
});
