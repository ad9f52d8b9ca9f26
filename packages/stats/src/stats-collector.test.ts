import { bucketLimit, createSharedState, type ModelRoute, type SharedState } from "@olla-ts/core";
import {
  describeStatsCollector,
  makeEndpoint,
  makeOutcome,
  ManualClock,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createStatsCollector, type Statistics } from "./stats-collector.ts";

function makeCollector(shared: SharedState = createSharedState()): Statistics {
  return createStatsCollector({
    shared,
    clock: new ManualClock(),
    endpointCapacity: 2,
    modelCapacity: 2,
  });
}

function makeModel(slot: number): ModelRoute {
  return { slot, name: `model-${slot}`, endpoints: [], upstreamNames: new Map() };
}

describe("createStatsCollector", () => {
  describeStatsCollector((clock) =>
    createStatsCollector({
      shared: createSharedState(),
      clock,
      endpointCapacity: 4,
      modelCapacity: 4,
    }),
  );

  it("shows what another collector over the same memory counted", () => {
    const shared = createSharedState();
    const counting = makeCollector(shared);
    const reading = makeCollector(createSharedState(shared.regions()));
    counting.record(makeOutcome({ endpoint: makeEndpoint({ slot: 1 }), durationMs: 8 }));
    expect(reading.totals()).toEqual(counting.totals());
    expect(reading.endpoint(makeEndpoint({ slot: 1 })).latency.maxMs).toBe(8);
  });

  it("counts slots beyond the capacity in the totals alone", () => {
    const stats = makeCollector();
    const endpoint = makeEndpoint({ slot: 2 });
    stats.record(makeOutcome({ endpoint, model: makeModel(2) }));
    expect(stats.totals().requests).toBe(1);
    expect(stats.endpoint(endpoint).requests).toBe(0);
    expect(stats.model({ slot: 2 }).requests).toBe(0);
    for (const slot of [0, 1]) expect(stats.model({ slot }).requests).toBe(0);
    expect(stats.distributions(endpoint).durations.sumSeconds).toBe(0);
  });

  it("leaves everything as it is when a slot beyond the capacity is forgotten", () => {
    const stats = makeCollector();
    stats.record(makeOutcome({ endpoint: makeEndpoint({ slot: 0 }), model: makeModel(0) }));
    const before = stats.totals();
    stats.forgetEndpoint(makeEndpoint({ slot: 2 }));
    stats.forgetModel(2);
    expect(stats.totals()).toEqual(before);
    expect(stats.endpoint(makeEndpoint({ slot: 0 })).requests).toBe(1);
    expect(stats.model({ slot: 0 }).requests).toBe(1);
  });

  it("forgets the figures of one endpoint and keeps all others", () => {
    const stats = makeCollector();
    const [first, second] = [makeEndpoint({ slot: 0 }), makeEndpoint({ slot: 1 })];
    const untouched = stats.endpoint(first);
    const outcome = { durationMs: 7, requestBytes: 1, responseBytes: 2, attempts: 2 };
    stats.record(makeOutcome({ ...outcome, endpoint: first, model: makeModel(0) }));
    stats.record(makeOutcome({ ...outcome, endpoint: second, model: makeModel(0) }));
    stats.forgetEndpoint(first);
    expect(stats.endpoint(first)).toEqual(untouched);
    expect(stats.distributions(first).durations.counts.every((count) => count === 0)).toBe(true);
    expect(stats.endpoint(second).requests).toBe(1);
    expect(stats.model({ slot: 0 }).requests).toBe(2);
    expect(stats.totals().requests).toBe(2);
  });

  it("forgets the figures of one model and keeps all others", () => {
    const stats = makeCollector();
    const endpoint = makeEndpoint({ slot: 1 });
    stats.record(makeOutcome({ endpoint, model: makeModel(0) }));
    stats.record(makeOutcome({ endpoint, model: makeModel(1) }));
    stats.forgetModel(0);
    expect(stats.model({ slot: 0 }).requests).toBe(0);
    expect(stats.model({ slot: 0 }).lastUsedAt).toBeUndefined();
    expect(stats.model({ slot: 1 }).requests).toBe(1);
    expect(stats.endpoint(endpoint).requests).toBe(2);
  });

  it("HI-49 shows refused requests per code, apart from failures of the same code", () => {
    const stats = makeCollector();
    stats.record(makeOutcome({ code: "rate_limited", status: 429, attempts: 0 }));
    stats.record(makeOutcome({ code: "breaker_open", status: 503, attempts: 0 }));
    stats.record(makeOutcome({ code: "breaker_open", status: 503, attempts: 1 }));
    expect(Object.fromEntries(stats.refusals())).toEqual({ breaker_open: 1, rate_limited: 1 });
    expect(stats.codes().get("breaker_open")).toBe(2);
  });

  it("hands out the distribution of successful requests in microseconds and seconds", () => {
    const stats = makeCollector();
    const endpoint = makeEndpoint({ slot: 0 });
    stats.record(makeOutcome({ endpoint, durationMs: 1_500, firstByteMs: 0.003 }));
    stats.record(makeOutcome({ endpoint, durationMs: 9, code: "internal", status: 500 }));
    const { durations, firstBytes } = stats.distributions(endpoint);
    expect(durations.sumSeconds).toBe(1.5);
    const bucket = durations.counts.indexOf(1);
    expect(bucketLimit(bucket)).toBeGreaterThan(1_500_000);
    expect(bucketLimit(bucket - 1)).toBeLessThanOrEqual(1_500_000);
    expect(firstBytes.counts[3]).toBe(1);
  });

  it("keeps the exact average of requests longer than its other figures can show", () => {
    const stats = makeCollector();
    const twoHoursMs = 7_200_000;
    stats.record(makeOutcome({ durationMs: twoHoursMs }));
    const { latency } = stats.totals();
    expect(latency.averageMs).toBe(twoHoursMs);
    expect(latency.maxMs).toBe((2 ** 32 - 1) / 1_000);
    expect(latency.p99Ms).toBe(latency.maxMs);
  });

  it.each([Number.NaN, -1])("takes a duration of %s for 0", (durationMs) => {
    const stats = makeCollector();
    stats.record(makeOutcome({ durationMs }));
    expect(stats.totals().latency).toMatchObject({ averageMs: 0, minMs: 0, maxMs: 0, p99Ms: 0 });
    expect(stats.totals().succeeded).toBe(1);
  });

  it("tells how many clients a rate limit refused within the last hour", () => {
    const clock = new ManualClock();
    const stats = createStatsCollector({
      shared: createSharedState(),
      clock,
      endpointCapacity: 2,
      modelCapacity: 2,
    });
    const refuse = (client: string): void =>
      stats.record(makeOutcome({ client, code: "rate_limited", status: 429, attempts: 0 }));
    for (const client of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) refuse(client);
    stats.record(makeOutcome({ client: "192.0.2.3" }));
    expect(stats.limitedClients()).toBe(2);
    clock.advance(3_000_000);
    refuse("192.0.2.2");
    clock.advance(600_001);
    expect(stats.limitedClients()).toBe(1);
  });

  it("counts clients of a model, where it was served, and what was asked in vain", () => {
    const stats = makeCollector();
    const model = makeModel(1);
    const endpoint = makeEndpoint({ slot: 1 });
    stats.record(makeOutcome({ model, endpoint, client: "192.0.2.1" }));
    stats.record(makeOutcome({ model, endpoint, client: "192.0.2.1", fallback: true }));
    stats.record(makeOutcome({ model, endpoint, client: "192.0.2.2" }));
    const missed = { code: "model_unavailable", status: 503, attempts: 0 } as const;
    stats.record(makeOutcome({ missedModel: model, ...missed }));
    expect(stats.modelUsage(model)).toEqual({
      uniqueClients: 2,
      routing: { hits: 2, misses: 1, fallbacks: 1 },
    });
    expect(stats.modelAt(model, endpoint)).toMatchObject({ requests: 3, succeeded: 3 });
    expect(stats.modelAt(model, makeEndpoint({ slot: 0 }))).toBeUndefined();
    expect(stats.tables()).toContainEqual({
      name: "model_endpoints",
      entries: 1,
      capacity: expect.any(Number) as number,
    });
    stats.forgetModel(model.slot);
    expect(stats.modelUsage(model)).toMatchObject({ uniqueClients: 0, routing: { hits: 0 } });
    expect(stats.modelAt(model, endpoint)).toBeUndefined();
  });
});
