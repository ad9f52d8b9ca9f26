import { describe, expect, it } from "vitest";

import type { Endpoint } from "../domain/endpoint.ts";
import type { HealthStatus } from "../domain/health-status.ts";
import type { HealthChange, HealthChecker } from "../ports/health-checker.ts";
import { EndpointStates } from "../state/endpoint-states.ts";
import { createSharedState } from "../state/shared-state.ts";
import { makeEndpoint } from "./make.ts";
import { ManualClock } from "./manual-clock.ts";

/** How a scripted backend treats a probe: answers with a status, or has nobody listening. */
export type ScriptedHealth = number | "refuse";

/** What a checker under test is built from. It probes by `fetch` or by `probe`, as it likes. */
export interface HealthCheckerWorld {
  readonly clock: ManualClock;
  readonly states: EndpointStates;
  readonly fetch: (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>;
  readonly probe: (endpoint: Endpoint) => HealthStatus;
  readonly onChange: (change: HealthChange) => void;
}

const one = makeEndpoint({ slot: 1, name: "one", checkIntervalMs: 2_000, checkTimeoutMs: 1_000 });
const two = makeEndpoint({ slot: 2, name: "two", checkIntervalMs: 20_000, checkTimeoutMs: 1_000 });

/** What every `HealthChecker` keeps. `make` builds a new one from what it is given. */
export function describeHealthChecker(make: (world: HealthCheckerWorld) => HealthChecker): void {
  function setUp(script: Record<string, ScriptedHealth> = {}) {
    const clock = new ManualClock();
    const states = new EndpointStates(createSharedState(), 4);
    const changes: (HealthChange & { readonly inForce: HealthStatus })[] = [];
    const probes: string[] = [];

    function answerOf(name: string): ScriptedHealth {
      probes.push(name);
      return script[name] ?? 200;
    }

    const checker = make({
      clock,
      states,
      async fetch(url) {
        const answer = answerOf(url.startsWith(one.url) ? "one" : "two");
        if (answer !== "refuse") return new Response("{}", { status: answer });
        const address = url.replace("http://", "");
        const cause = new Error(`connect ECONNREFUSED ${address}`);
        throw new TypeError("fetch failed", {
          cause: Object.assign(cause, { code: "ECONNREFUSED" }),
        });
      },
      probe({ name }) {
        const answer = answerOf(name);
        if (answer === "refuse") return "offline";
        return answer === 200 ? "healthy" : "unhealthy";
      },
      onChange: (change) =>
        void changes.push({ ...change, inForce: states.status(change.endpoint.slot) }),
    });
    checker.setEndpoints([one, two]);

    /** Lets time pass, with promises settling in between. */
    const pass = (ms: number): Promise<void> => clock.advanceAsync(ms, 50);

    async function check(endpoint: Endpoint): Promise<HealthStatus> {
      const [status] = await Promise.all([checker.checkEndpoint(endpoint), pass(1_000)]);
      return status;
    }

    return { clock, states, changes, probes, script, checker, pass, check };
  }

  describe("HealthChecker contract", () => {
    it("knows nothing before the first probe", () => {
      const { checker, probes } = setUp();
      expect(checker.getStatus(one)).toMatchObject({
        status: "unknown",
        checkedAt: undefined,
        consecutiveFailures: 0,
        lastError: undefined,
      });
      expect(probes).toEqual([]);
    });

    it("puts what a probe finds in force and resolves to it", async () => {
      const { check, states, checker } = setUp();
      expect(await check(one)).toBe("healthy");
      expect(states.status(one.slot)).toBe("healthy");
      expect(checker.getStatus(one).status).toBe("healthy");
      expect(states.status(two.slot)).toBe("unknown");
    });

    it.each<[ScriptedHealth, HealthStatus]>([
      ["refuse", "offline"],
      [500, "unhealthy"],
    ])("resolves, and never rejects, when the backend answers %s", async (answer, status) => {
      const { check, states } = setUp({ one: answer });
      expect(await check(one)).toBe(status);
      expect(states.isRoutable(one.slot)).toBe(false);
    });

    it("says why an endpoint is not healthy without giving its address", async () => {
      const { check, checker } = setUp({ one: "refuse" });
      await check(one);
      const { lastError, consecutiveFailures } = checker.getStatus(one);
      expect(lastError).toMatch(/\w/);
      expect(lastError).not.toMatch(/127\.0\.0\.1|\d{5}/);
      expect(consecutiveFailures).toBe(1);
    });

    it("reports from memory, without a probe", async () => {
      const { check, checker, probes } = setUp();
      await check(one);
      const before = probes.length;
      checker.getStatus(one);
      checker.getStatus(two);
      expect(probes).toHaveLength(before);
    });

    it("begins monitoring with a probe of every endpoint", async () => {
      const { checker, probes, pass } = setUp();
      using _monitoring = checker.startMonitoring();
      await pass(0);
      expect(probes.toSorted()).toEqual(["one", "two"]);
    });

    it("probes each endpoint on its own interval", async () => {
      const { checker, probes, pass } = setUp();
      using _monitoring = checker.startMonitoring();
      await pass(9_000);
      // Four intervals of `one`, give or take some jitter; none yet of `two`.
      expect(probes.filter((name) => name === "one").length).toBeGreaterThanOrEqual(4);
      expect(probes.filter((name) => name === "one").length).toBeLessThanOrEqual(6);
      expect(probes.filter((name) => name === "two")).toHaveLength(1);
    });

    it("sends no probe after monitoring was disposed", async () => {
      const { checker, probes, pass } = setUp();
      checker.startMonitoring()[Symbol.dispose]();
      await pass(0);
      const before = probes.length;
      await pass(60_000);
      expect(probes).toHaveLength(before);
    });

    it("finds a backend that fails, and one that is back", async () => {
      const { checker, states, script, pass } = setUp();
      using _monitoring = checker.startMonitoring();
      await pass(100);
      script["one"] = 500;
      await pass(3_000);
      expect(states.status(one.slot)).toBe("unhealthy");
      script["one"] = 200;
      await pass(3_000);
      expect(states.status(one.slot)).toBe("healthy");
    });

    it("tells of each change of status once, when it is in force", async () => {
      const { checker, changes, script, pass } = setUp();
      checker.setEndpoints([one]);
      using _monitoring = checker.startMonitoring();
      await pass(5_000);
      script["one"] = 500;
      await pass(3_000);
      expect(changes).toEqual([
        { endpoint: one, before: "unknown", after: "healthy", inForce: "healthy" },
        { endpoint: one, before: "healthy", after: "unhealthy", inForce: "unhealthy" },
      ]);
    });

    it("takes an endpoint out at once when real traffic could not reach it", async () => {
      const { check, checker, states } = setUp();
      await check(one);
      checker.reportFailure(one, "upstream_connect");
      expect(states.status(one.slot)).toBe("offline");
      expect(checker.getStatus(one).consecutiveFailures).toBe(1);
    });

    it("brings it back soon when a probe finds it well", async () => {
      const { checker, states, pass } = setUp();
      using _monitoring = checker.startMonitoring();
      await pass(100);
      checker.reportFailure(two, "upstream_connect");
      await pass(2_000);
      expect(states.status(two.slot)).toBe("healthy");
    });

    it.each(["client_aborted", "upstream_busy", "upstream_truncated"] as const)(
      "leaves an endpoint in after %s",
      async (code) => {
        const { check, checker, states } = setUp();
        await check(one);
        checker.reportFailure(one, code);
        expect(states.status(one.slot)).toBe("healthy");
      },
    );

    it("keeps what it knows of an endpoint with the same slot and url", async () => {
      const { check, checker, states } = setUp({ one: 500 });
      await check(one);
      checker.setEndpoints([{ ...one, checkIntervalMs: 7_000 }]);
      expect(states.status(one.slot)).toBe("unhealthy");
      expect(checker.getStatus(one).consecutiveFailures).toBe(1);
    });

    it("knows nothing of another endpoint in the same slot", async () => {
      const { check, checker, states } = setUp();
      await check(one);
      const successor = makeEndpoint({ ...one, name: "successor", url: "http://127.0.0.1:20009" });
      checker.setEndpoints([successor]);
      expect(states.status(one.slot)).toBe("unknown");
      expect(checker.getStatus(successor).checkedAt).toBeUndefined();
    });

    it("stops probing an endpoint that was dropped, and starts with one that was added", async () => {
      const { checker, probes, pass } = setUp();
      checker.setEndpoints([one]);
      using _monitoring = checker.startMonitoring();
      await pass(100);
      checker.setEndpoints([two]);
      await pass(5_000);
      expect(probes).toEqual(["one", "two"]);
    });
  });
}
