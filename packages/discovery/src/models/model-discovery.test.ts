import { type Endpoint, type Model, ProxyError } from "@olla-ts/core";
import {
  createFakeModelRegistry,
  createRecordingLogger,
  makeEndpoint,
  ManualClock,
  settle,
} from "@olla-ts/core/testing";
import { describe, expect, it, vi } from "vitest";

import { createModelDiscovery, type ModelDiscoveryOptions } from "./model-discovery.ts";

const A = makeEndpoint({ slot: 0, name: "a" });
const B = makeEndpoint({ slot: 1, name: "b" });
const C = makeEndpoint({ slot: 2, name: "c" });

type FetchModels = ModelDiscoveryOptions["fetchModels"];

const onePine: FetchModels = () => Promise.resolve([{ name: "pine" }]);

/** Discovery of a, b and c in a world that a test can change. */
function setUp(fetch: FetchModels, over: Partial<ModelDiscoveryOptions> = {}) {
  const clock = new ManualClock();
  const log = createRecordingLogger();
  const registry = createFakeModelRegistry(() => clock.wallTime());
  const fetchModels = vi.fn<FetchModels>(fetch);
  const onChange = vi.fn<(endpoint: Endpoint) => void>();
  const world = { endpoints: [A, B, C] as readonly Endpoint[] };
  const discovery = createModelDiscovery({
    endpoints: () => world.endpoints,
    isRoutable: () => true,
    fetchModels,
    registry,
    clock,
    log,
    random: () => 0,
    onChange,
    ...over,
  });
  return { clock, log, registry, fetchModels, onChange, world, discovery };
}

describe("createModelDiscovery", () => {
  describe("refresh", () => {
    it("puts the list in the registry, then tells of the change", async () => {
      const { discovery, registry, clock, onChange } = setUp(onePine);
      onChange.mockImplementation((endpoint) => {
        expect(registry.modelsOf(endpoint)?.models).toEqual([{ name: "pine" }]);
      });
      await discovery.refresh(A);
      expect(onChange).toHaveBeenCalledExactlyOnceWith(A);
      expect(discovery.report(A)).toEqual({
        lastSyncAt: clock.wallTime(),
        lastError: undefined,
        failures: 0,
      });
    });

    it("asks once however many wait for the answer", async () => {
      const { discovery, fetchModels } = setUp(onePine);
      await Promise.all([discovery.refresh(A), discovery.refresh(A), discovery.refresh(B)]);
      expect(fetchModels.mock.calls.map(([{ name }]) => name)).toEqual(["a", "b"]);
      await discovery.refresh(A);
      expect(fetchModels).toHaveBeenCalledTimes(3);
    });

    it("tells nothing when the list is the same in another order", async () => {
      const lists: Model[][] = [
        [{ name: "pine", capabilities: ["tools"] }, { name: "oak" }],
        [{ name: "oak" }, { name: "pine", capabilities: ["tools"] }],
      ];
      const { discovery, onChange } = setUp(() => Promise.resolve(lists.shift() ?? []));
      await discovery.refresh(A);
      await discovery.refresh(A);
      expect(onChange).toHaveBeenCalledTimes(1);
    });

    it("tells nothing when only the time differs at which a server says a model was made", async () => {
      let createdAt = 1;
      const { discovery, onChange } = setUp(() =>
        Promise.resolve([{ name: "pine", createdAt: (createdAt += 1) }]),
      );
      await discovery.refresh(A);
      await discovery.refresh(A);
      expect(onChange).toHaveBeenCalledTimes(1);
    });

    it("tells of a change inside a model", async () => {
      const states = ["not-loaded", "loaded"];
      const { discovery, onChange } = setUp(() =>
        Promise.resolve([{ name: "pine", state: states.shift() ?? "" }]),
      );
      await discovery.refresh(A);
      await discovery.refresh(A);
      expect(onChange).toHaveBeenCalledTimes(2);
    });

    it("PV-25 PV-26 takes an empty list for a success without news", async () => {
      const { discovery, registry, onChange } = setUp(() => Promise.resolve([]));
      await discovery.refresh(A);
      expect(registry.modelsOf(A)?.models).toEqual([]);
      expect(discovery.report(A).failures).toBe(0);
      expect(onChange).not.toHaveBeenCalled();
    });

    it("R17 PV-30 forgets a model that vanished from the list", async () => {
      const lists: Model[][] = [[{ name: "pine" }, { name: "oak" }], [{ name: "oak" }]];
      const { discovery, registry, onChange } = setUp(() => Promise.resolve(lists.shift() ?? []));
      await discovery.refresh(A);
      await discovery.refresh(A);
      expect(registry.modelsOf(A)?.models).toEqual([{ name: "oak" }]);
      expect(onChange).toHaveBeenCalledTimes(2);
    });

    it("PV-32 registers only what the endpoint's filter admits", async () => {
      const filtered = { ...A, modelFilter: { include: ["*"], exclude: ["*EMBED*"] } };
      const { discovery, registry, world } = setUp(() =>
        Promise.resolve([{ name: "pine" }, { name: "nomic-embed" }]),
      );
      world.endpoints = [filtered];
      await discovery.refresh(filtered);
      expect(registry.modelsOf(filtered)?.models).toEqual([{ name: "pine" }]);
    });

    it("keeps the former models when asking fails, and reports why", async () => {
      const error = new ProxyError("upstream_error", "no", { status: 500 });
      const answers = [() => Promise.resolve([{ name: "pine" }]), () => Promise.reject(error)];
      const { discovery, registry, clock, onChange } = setUp(() => answers.shift()!());
      await discovery.refresh(A);
      const lastSyncAt = clock.wallTime();
      clock.advance(1_000);
      await discovery.refresh(A);
      expect(registry.modelsOf(A)?.models).toEqual([{ name: "pine" }]);
      expect(discovery.report(A)).toEqual({ lastSyncAt, lastError: error, failures: 1 });
      expect(onChange).toHaveBeenCalledTimes(1);
    });

    it("logs the first failure and the recovery, not every failure", async () => {
      const results: (() => Promise<Model[]>)[] = [
        () => Promise.reject(new Error("1")),
        () => Promise.reject(new Error("2")),
        () => Promise.resolve([]),
      ];
      const { discovery, log } = setUp(() => results.shift()!());
      for (let round = 0; round < 3; round += 1) await discovery.refresh(A);
      const lines = log.lines.filter(({ level }) => level !== "debug");
      expect(lines.map(({ message }) => message)).toEqual([
        "model discovery failed",
        "model discovery recovered",
      ]);
    });

    it("gives up an endpoint that does not answer, and aborts the request", async () => {
      let seen: AbortSignal | undefined;
      const { discovery, clock } = setUp(
        (_endpoint, signal) => {
          seen = signal;
          return new Promise(() => undefined);
        },
        { timeoutMs: 10_000 },
      );
      const refreshed = discovery.refresh(A);
      await clock.advanceAsync(10_000);
      await refreshed;
      expect(seen?.aborted).toBe(true);
      expect(discovery.report(A).lastError?.code).toBe("total_timeout");
    });

    it("leaves no timer behind", async () => {
      const { discovery, clock } = setUp(onePine);
      await discovery.refresh(A);
      expect(clock.pending).toBe(0);
    });

    it("discards the answer of an endpoint that was removed meanwhile", async () => {
      const answer = Promise.withResolvers<Model[]>();
      const { discovery, registry, onChange, world } = setUp(() => answer.promise);
      const refreshed = discovery.refresh(A);
      await settle();
      world.endpoints = [B, C];
      answer.resolve([{ name: "pine" }]);
      await refreshed;
      expect(registry.modelsOf(A)).toBeUndefined();
      expect(onChange).not.toHaveBeenCalled();
    });

    it("discards the failure of an endpoint that was removed meanwhile", async () => {
      const answer = Promise.withResolvers<Model[]>();
      const { discovery, world } = setUp(() => answer.promise);
      const refreshed = discovery.refresh(A);
      await settle();
      world.endpoints = [];
      answer.reject(new Error("gone"));
      await refreshed;
      expect(discovery.report(A).failures).toBe(0);
    });

    it("does not ask an endpoint that is not configured", async () => {
      const { discovery, fetchModels } = setUp(onePine);
      await discovery.refresh(makeEndpoint({ slot: 9, name: "stranger" }));
      expect(fetchModels).not.toHaveBeenCalled();
    });

    it("puts the list under the endpoint as it is configured by then", async () => {
      const answer = Promise.withResolvers<Model[]>();
      const { discovery, registry, world } = setUp(() => answer.promise);
      const refreshed = discovery.refresh(A);
      await settle();
      const changed = { ...A, priority: 1 };
      world.endpoints = [changed];
      answer.resolve([{ name: "pine" }]);
      await refreshed;
      expect(registry.catalogue()[0]?.sources[0]?.endpoint).toBe(changed);
    });
  });

  describe("refreshAll", () => {
    it("R10 RT-57 PV-29 lets one failing endpoint affect no other", async () => {
      const { discovery, registry } = setUp((endpoint, signal) => {
        if (endpoint === A) return Promise.reject(new ProxyError("upstream_error", "404"));
        return Promise.resolve(signal.aborted ? [] : [{ name: endpoint.name }]);
      });
      await discovery.refreshAll();
      expect(registry.catalogue().map(({ id }) => id)).toEqual(["b", "c"]);
      expect([A, B, C].map((one) => discovery.report(one).failures)).toEqual([1, 0, 0]);
    });

    it("asks only routable endpoints", async () => {
      const { discovery, fetchModels } = setUp(onePine, { isRoutable: ({ name }) => name !== "b" });
      await discovery.refreshAll();
      expect(fetchModels.mock.calls.map(([{ name }]) => name)).toEqual(["a", "c"]);
    });

    it("asks no more endpoints at a time than allowed", async () => {
      const answers = new Map<string, () => void>();
      const { discovery, fetchModels } = setUp(
        ({ name }) =>
          new Promise((resolve) => {
            answers.set(name, () => resolve([]));
          }),
        { concurrency: 2 },
      );
      const all = discovery.refreshAll();
      await settle();
      expect([...answers.keys()]).toEqual(["a", "b"]);
      answers.get("b")?.();
      await settle();
      expect([...answers.keys()]).toEqual(["a", "b", "c"]);
      for (const answer of answers.values()) answer();
      await all;
      expect(fetchModels).toHaveBeenCalledTimes(3);
    });
  });

  describe("polling", () => {
    it("asks at once, and again after the interval", async () => {
      const { discovery, fetchModels, clock } = setUp(onePine, { intervalMs: 60_000 });
      using _polling = discovery.startPolling();
      await settle();
      expect(fetchModels).toHaveBeenCalledTimes(3);
      await clock.advanceAsync(59_000, 1_000);
      expect(fetchModels).toHaveBeenCalledTimes(3);
      await clock.advanceAsync(1_000, 1_000);
      expect(fetchModels).toHaveBeenCalledTimes(6);
    });

    it("R11 PV-31 asks again after ten failures, at growing distances", async () => {
      const times: number[] = [];
      const { discovery, clock, world } = setUp(
        () => {
          times.push(clock.now());
          return Promise.reject(new ProxyError("upstream_error", "404", { status: 404 }));
        },
        { intervalMs: 300_000, backoffMinMs: 10_000, backoffMaxMs: 80_000 },
      );
      world.endpoints = [A];
      using _polling = discovery.startPolling();
      await clock.advanceAsync(600_000, 1_000);
      const gaps = times.map((time, index) => time - (times[index - 1] ?? 0)).slice(1);
      expect(gaps.slice(0, 5)).toEqual([5_000, 10_000, 20_000, 40_000, 40_000]);
      expect(times.length).toBeGreaterThan(10);
    });

    it("asks an endpoint soon after it becomes routable", async () => {
      const up = new Set(["b"]);
      const { discovery, fetchModels, clock } = setUp(onePine, {
        isRoutable: ({ name }) => up.has(name),
      });
      using _polling = discovery.startPolling();
      await settle();
      expect(fetchModels.mock.calls.map(([{ name }]) => name)).toEqual(["b"]);
      up.add("a");
      await clock.advanceAsync(1_000);
      expect(fetchModels.mock.calls.map(([{ name }]) => name)).toEqual(["b", "a"]);
    });

    it("asks an endpoint that was added, and forgets one that was removed", async () => {
      const { discovery, fetchModels, clock, world } = setUp(onePine);
      world.endpoints = [A];
      using _polling = discovery.startPolling();
      await settle();
      world.endpoints = [B];
      await clock.advanceAsync(1_000);
      expect(fetchModels.mock.calls.map(([{ name }]) => name)).toEqual(["a", "b"]);
      expect(discovery.report(A).lastSyncAt).toBeUndefined();
    });

    it("RT-52 asks once when recovery and schedule fall together", async () => {
      const answer = Promise.withResolvers<Model[]>();
      const { discovery, fetchModels, world } = setUp(() => answer.promise);
      world.endpoints = [A];
      using _polling = discovery.startPolling();
      const recovered = discovery.refresh(A);
      answer.resolve([]);
      await recovered;
      expect(fetchModels).toHaveBeenCalledTimes(1);
    });

    it("stops for good when disposed", async () => {
      const { discovery, fetchModels, clock } = setUp(onePine, { intervalMs: 1_000 });
      discovery.startPolling()[Symbol.dispose]();
      await clock.advanceAsync(10_000, 1_000);
      expect(fetchModels).toHaveBeenCalledTimes(3);
      expect(clock.pending).toBe(0);
    });
  });

  describe("type detection", () => {
    const auto = { ...A, type: "auto" };

    it("RT-59 asks the endpoint that has the detected type by then", async () => {
      const { discovery, fetchModels, registry, world } = setUp(onePine, {
        detect: () => Promise.resolve("vllm"),
        onDetect: (endpoint, type) => {
          world.endpoints = [{ ...endpoint, type }];
        },
      });
      world.endpoints = [auto];
      await discovery.refresh(auto);
      expect(fetchModels.mock.calls[0]?.[0].type).toBe("vllm");
      expect(registry.catalogue()[0]?.sources[0]?.endpoint.type).toBe("vllm");
    });

    it("asks the endpoint as it is when nobody can tell its type", async () => {
      const onDetect = vi.fn<(endpoint: Endpoint, type: string) => void>();
      const { discovery, registry, world } = setUp(onePine, {
        detect: () => Promise.resolve(undefined),
        onDetect,
      });
      world.endpoints = [auto];
      await discovery.refresh(auto);
      expect(onDetect).not.toHaveBeenCalled();
      expect(registry.modelsOf(auto)?.models).toEqual([{ name: "pine" }]);
    });

    it("asks again with backoff while the type stays open, though the list arrives", async () => {
      let isOpen = true;
      const detect = vi.fn<() => Promise<string>>(() => Promise.resolve("general"));
      const { discovery, clock, world } = setUp(onePine, { detect, isTypeOpen: () => isOpen });
      world.endpoints = [A];
      using _polling = discovery.startPolling();
      await settle();
      expect(detect).toHaveBeenCalledTimes(1);
      // Without chance the waits are half of 5, 10 and 20 s, seen at the next tick of a second.
      await clock.advanceAsync(3_000, 1_000);
      expect(detect).toHaveBeenCalledTimes(2);
      await clock.advanceAsync(4_000, 1_000);
      expect(detect).toHaveBeenCalledTimes(2);
      await clock.advanceAsync(1_000, 1_000);
      expect(detect).toHaveBeenCalledTimes(3);
      isOpen = false;
      await clock.advanceAsync(10_000, 1_000);
      expect(discovery.report(A)).toMatchObject({ failures: 0 });
      await clock.advanceAsync(280_000, 1_000);
      expect(detect).toHaveBeenCalledTimes(3);
    });

    it("does not examine an endpoint whose type is given", async () => {
      const detect = vi.fn<() => Promise<string>>(() => Promise.resolve("vllm"));
      const { discovery } = setUp(onePine, { detect });
      await discovery.refresh(B);
      expect(detect).not.toHaveBeenCalled();
    });
  });
});
