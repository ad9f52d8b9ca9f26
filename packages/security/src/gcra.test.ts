import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { spend, type Allowance, type Spending } from "./gcra.ts";

const allowance = fc.record({
  intervalMs: fc.integer({ min: 1, max: 10_000 }).map((perMinute) => 60_000 / perMinute),
  burst: fc.integer({ min: 1, max: 50 }),
});
const start = fc.double({ min: 0, max: 1e10, noNaN: true });
const gaps = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 20_000, noNaN: true })), {
  minLength: 1,
  maxLength: 120,
});

interface Sent extends Spending {
  readonly at: number;
}

/** Sends a request after each gap. */
function send(limit: Allowance, startMs: number, gapsMs: readonly number[]): Sent[] {
  let at = startMs;
  let arrivalMs = 0;
  return gapsMs.map((gap) => {
    at += gap;
    const spending = spend(limit, arrivalMs, at);
    arrivalMs = spending.arrivalMs;
    return { ...spending, at };
  });
}

describe("spend", () => {
  it("never allows more than burst + t / interval within t", () => {
    fc.assert(
      fc.property(allowance, start, gaps, (limit, startMs, gapsMs) => {
        const times = send(limit, startMs, gapsMs)
          .filter(({ allowed }) => allowed)
          .map(({ at }) => at);
        for (const [first, from] of times.entries()) {
          for (const [further, to] of times.slice(first).entries()) {
            const bound = limit.burst + (to - from) / limit.intervalMs;
            expect(further + 1).toBeLessThanOrEqual(bound + 0.01);
          }
        }
      }),
    );
  });

  it("allows every request that comes no faster than the rate", () => {
    fc.assert(
      fc.property(allowance, start, fc.nat(100), (limit, startMs, requests) => {
        const evenly = Array.from({ length: requests }, () => limit.intervalMs);
        expect(send(limit, startMs, evenly).every(({ allowed }) => allowed)).toBe(true);
      }),
    );
  });

  it("allows exactly the burst at once, and says truly how many remain", () => {
    fc.assert(
      fc.property(allowance, start, (limit, startMs) => {
        const atOnce = Array.from({ length: limit.burst + 3 }, () => 0);
        const sent = send(limit, startMs, atOnce);
        expect(sent.map(({ allowed }) => allowed)).toEqual(
          atOnce.map((_, index) => index < limit.burst),
        );
        expect(sent.map(({ remaining }) => remaining)).toEqual(
          atOnce.map((_, index) => Math.max(0, limit.burst - 1 - index)),
        );
      }),
    );
  });

  it("allows a request after the wait it asked for", () => {
    fc.assert(
      fc.property(allowance, start, gaps, (limit, startMs, gapsMs) => {
        const refused = send(limit, startMs, gapsMs).filter(({ allowed }) => !allowed);
        for (const { at, arrivalMs, retryAfterSeconds } of refused) {
          expect(spend(limit, arrivalMs, at).allowed).toBe(false);
          expect(spend(limit, arrivalMs, at + retryAfterSeconds * 1_000).allowed).toBe(true);
        }
      }),
    );
  });

  it("is whole again after the reset it announced", () => {
    fc.assert(
      fc.property(allowance, start, gaps, (limit, startMs, gapsMs) => {
        for (const { at, arrivalMs, resetSeconds } of send(limit, startMs, gapsMs)) {
          const later = spend(limit, arrivalMs, at + resetSeconds * 1_000);
          expect(later).toMatchObject({ allowed: true, remaining: limit.burst - 1 });
        }
      }),
    );
  });

  it("asks to wait one interval when no burst is admitted at all", () => {
    expect(spend({ intervalMs: 10_000, burst: 0 }, 0, 5)).toMatchObject({
      allowed: false,
      retryAfterSeconds: 10,
    });
  });
});
