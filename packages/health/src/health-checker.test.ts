import { createRecordingLogger, describeHealthChecker, makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { endpoint, makeHealthWorld, plainOptions } from "../testing/health-world.ts";
import { refused } from "../testing/scripted-fetch.ts";
import { createHealthChecker } from "./health-checker.ts";

describe("createHealthChecker", () => {
  describeHealthChecker((world) =>
    createHealthChecker({ ...plainOptions, ...world, log: createRecordingLogger() }),
  );

  describe("outcomes", () => {
    it("RT-50 does not probe before Retry-After is over", async () => {
      const { checker, backend, timesOfProbes, status } = makeHealthWorld();
      backend.next({ status: 429, headers: { "retry-after": "45" } });
      using _monitoring = checker.startMonitoring();
      const times = await timesOfProbes(46_000, 500);
      expect(times).toEqual([0, 45_000]);
      expect(status()).toBe("healthy");
    });

    it("RT-50 honours Retry-After also when real traffic fails meanwhile", async () => {
      const { checker, backend, pass, timesOfProbes } = makeHealthWorld();
      backend.next({ status: 429, headers: { "retry-after": "45" } });
      using _monitoring = checker.startMonitoring();
      await pass(1_000);
      checker.reportFailure(endpoint, "upstream_connect");
      expect(await timesOfProbes(45_000, 500)).toEqual([44_000]);
    });

    it("R15 keeps one status while a backend fails in one way", async () => {
      const { checker, backend, changes, pass } = makeHealthWorld();
      backend.always(500);
      using _monitoring = checker.startMonitoring();
      await pass(120_000);
      expect(changes.map(({ after }) => after)).toEqual(["unhealthy"]);
    });

    it("asks a server that loads its model every second", async () => {
      const { checker, backend, timesOfProbes } = makeHealthWorld({}, [
        { ...endpoint, checkIntervalMs: 20_000 },
      ]);
      const loading = { status: 503, body: '{"error":{"message":"Loading model"}}' };
      backend.next(...Array.from({ length: 7 }, () => loading));
      using _monitoring = checker.startMonitoring();
      expect(await timesOfProbes(10_000)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((s) => s * 1_000));
      expect(checker.getStatus(endpoint)).toMatchObject({ status: "healthy" });
    });

    it("measures a probe", async () => {
      const { checker, backend, pass } = makeHealthWorld();
      backend.next("held");
      const check = checker.checkEndpoint(endpoint);
      await pass(300);
      backend.release(200);
      await check;
      expect(checker.getStatus(endpoint).probeMs).toBe(300);
    });

    it("joins the probe that is under way", async () => {
      const { checker, backend, pass } = makeHealthWorld();
      backend.next("held");
      using _monitoring = checker.startMonitoring();
      const check = checker.checkEndpoint(endpoint);
      await pass(0);
      backend.release(200);
      expect(await check).toBe("healthy");
      expect(backend.requests).toHaveLength(1);
    });

    it("probes an endpoint that was not set without remembering it", async () => {
      const { checker, states, backend } = makeHealthWorld();
      const stranger = makeEndpoint({ slot: 7 });
      backend.next(500);
      expect(await checker.checkEndpoint(stranger)).toBe("unhealthy");
      expect(states.status(stranger.slot)).toBe("unknown");
      expect(checker.getStatus(stranger)).toMatchObject({
        status: "unknown",
        lastError: undefined,
      });
    });

    it("drops the result of a probe whose endpoint was replaced meanwhile", async () => {
      const { checker, backend, pass, status } = makeHealthWorld();
      backend.next("held");
      const check = checker.checkEndpoint(endpoint);
      await pass(0);
      checker.setEndpoints([{ ...endpoint, url: "http://127.0.0.1:20099" }]);
      backend.release(200);
      expect(await check).toBe("unknown");
      expect(status()).toBe("unknown");
    });
  });

  describe("log and listener", () => {
    it("logs each change of status, and every fifth failure that changes nothing", async () => {
      const { checker, backend, lines, pass } = makeHealthWorld();
      using _monitoring = checker.startMonitoring();
      await pass(500);
      backend.always(500);
      await pass(130_000);
      expect(
        lines.map(({ level, message, fields }) => [level, message, fields["failures"]]),
      ).toEqual([
        ["info", "endpoint health changed", 0],
        ["warn", "endpoint health changed", 1],
        ["warn", "endpoint still fails its health checks", 5],
      ]);
    });

    it("goes on probing when the listener throws", async () => {
      const { checker, backend, lines, pass } = makeHealthWorld({
        onChange: () => {
          throw new Error("listener");
        },
      });
      using _monitoring = checker.startMonitoring();
      await pass(2_000);
      expect(backend.requests).toHaveLength(2);
      expect(lines.some(({ level }) => level === "error")).toBe(true);
    });

    it("keeps credentials out of the log", async () => {
      const { checker, backend, lines, pass } = makeHealthWorld({
        headersFor: () => ["Authorization", "Bearer secret"],
      });
      backend.always(refused);
      using _monitoring = checker.startMonitoring();
      await pass(60_000);
      expect(lines).not.toHaveLength(0);
      expect(JSON.stringify(lines)).not.toMatch(/secret|127\.0\.0\.1/);
    });
  });
});
