import { createSharedState } from "@olla-ts/core";
import { assert, integer, property, array, record } from "fast-check";
import { describe, expect, it } from "vitest";

import { ModelEndpointRows } from "./model-endpoint-rows.ts";

function makeRows(capacity = 64): ModelEndpointRows {
  return new ModelEndpointRows({ shared: createSharedState(), capacity });
}

describe("ModelEndpointRows", () => {
  it("keeps the figures of each pair apart", () => {
    const requests = array(
      record({ model: integer({ min: 0, max: 5 }), endpoint: integer({ min: 0, max: 5 }) }),
    );
    assert(
      property(requests, (pairs) => {
        const rows = makeRows(128);
        const counts = new Map<string, number>();
        for (const { model, endpoint } of pairs) {
          rows.record(model, endpoint, "succeeded", 4, 1);
          const key = `${model}/${endpoint}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        for (let model = 0; model <= 5; model += 1) {
          for (let endpoint = 0; endpoint <= 5; endpoint += 1) {
            expect(rows.read(model, endpoint)?.requests).toBe(counts.get(`${model}/${endpoint}`));
          }
        }
        expect(rows.size()).toBe(counts.size);
      }),
    );
  });

  it("averages successes alone, and counts failures since the last one", () => {
    const rows = makeRows();
    rows.record(1, 2, "failed", 900, 10);
    rows.record(1, 2, "succeeded", 10, 11);
    rows.record(1, 2, "succeeded", 20.5, 12);
    rows.record(1, 2, "failed", 900, 13);
    rows.record(1, 2, "failed", 900, 14);
    rows.record(1, 2, "aborted", 900, 15);
    expect(rows.read(1, 2)).toEqual({
      requests: 6,
      succeeded: 2,
      failed: 3,
      averageMs: 15.25,
      consecutiveFailures: 2,
      lastUsedAt: 15,
    });
    rows.record(1, 2, "succeeded", 10, 16);
    expect(rows.read(1, 2)?.consecutiveFailures).toBe(0);
  });

  it("has no figures for a pair beyond its capacity, and those of the others stay right", () => {
    const rows = makeRows(2);
    for (const endpoint of [1, 2, 3]) rows.record(7, endpoint, "succeeded", 1, 1);
    const known = [1, 2, 3].filter((endpoint) => rows.read(7, endpoint) !== undefined);
    expect(known).toEqual([1, 2]);
    expect(rows.read(7, 1)?.requests).toBe(1);
    expect(rows.size()).toBe(2);
  });

  it.each([
    ["model", 1_000_000, 0],
    ["endpoint", 0, 5_000],
  ])("counts no %s with a slot too large to tell apart", (_what, model, endpoint) => {
    const rows = makeRows();
    rows.record(model, endpoint, "succeeded", 1, 1);
    expect(rows.size()).toBe(0);
    expect(rows.read(model, endpoint)).toBeUndefined();
  });

  it("forgets a model or an endpoint, and nothing of the others", () => {
    const rows = makeRows();
    for (const model of [1, 2]) {
      for (const endpoint of [1, 2]) rows.record(model, endpoint, "failed", 1, 1);
    }
    rows.forgetModel(1);
    rows.forgetEndpoint(2);
    expect(rows.read(1, 1)).toBeUndefined();
    expect(rows.read(2, 2)).toBeUndefined();
    expect(rows.read(2, 1)?.requests).toBe(1);
    rows.record(1, 1, "succeeded", 1, 2);
    expect(rows.read(1, 1)).toMatchObject({ requests: 1, failed: 0, consecutiveFailures: 0 });
  });

  it("is one table for all that share the memory", () => {
    const shared = createSharedState();
    const one = new ModelEndpointRows({ shared, capacity: 8 });
    const other = new ModelEndpointRows({
      shared: createSharedState(shared.regions()),
      capacity: 8,
    });
    one.record(3, 4, "succeeded", 1, 1);
    other.record(3, 4, "succeeded", 1, 1);
    expect(one.read(3, 4)?.requests).toBe(2);
  });
});
