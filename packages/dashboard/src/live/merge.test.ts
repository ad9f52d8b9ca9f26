import type { LiveHistory, LiveRequest, LiveRequests } from "@olla-ts/core/ports";
import { describe, expect, it } from "vitest";

import { merge } from "./merge.ts";

function requests(first: number, count: number, kept = 5): LiveRequests {
  const made = Array.from({ length: count }, (_, index) => ({ sequence: first + index }));
  return { first, kept, requests: made as unknown as LiveRequest[] };
}

function history(first: number, count: number): LiveHistory {
  const column = Array.from({ length: count }, (_, index) => first + index);
  return {
    first,
    everyMs: 600_000,
    at: column,
    succeeded: column,
    failed: column,
    refused: column,
    tokens: column,
    inFlight: column,
    p50Ms: column,
    p95Ms: column,
    firstTokenP50Ms: column,
    firstTokenP95Ms: column,
  };
}

describe("merge", () => {
  it("adds requests that go on from those known, and drops the oldest", () => {
    const known = merge({ requests: requests(10, 4) }, "requests", requests(14, 3));
    expect(known.requests?.requests.map(({ sequence }) => sequence)).toEqual([12, 13, 14, 15, 16]);
    expect(known.requests?.first).toBe(12);
  });

  it.each([
    { why: "a gap", first: 20 },
    { why: "a new start of the gateway", first: 0 },
  ])("takes requests as they are after $why", ({ first }) => {
    const known = merge({ requests: requests(10, 4) }, "requests", requests(first, 2));
    expect(known.requests).toEqual(requests(first, 2));
  });

  it("adds samples in every column, and keeps an hour of them", () => {
    const known = merge({ history: history(0, 5) }, "history", history(5, 3));
    expect(known.history).toEqual(history(2, 6));
  });

  it("replaces any other topic", () => {
    expect(merge({ models: [] }, "endpoints", [])).toEqual({ models: [], endpoints: [] });
  });
});
