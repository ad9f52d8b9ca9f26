import { createSharedState } from "@olla-ts/core";
import { makeRateDecision, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { rateLimitHeaders } from "./rate-limit-headers.ts";
import { createRateLimiter } from "./rate-limiter.ts";

/** Values of limit, remaining and reset. */
function valuesOf(headers: readonly string[]): readonly string[] {
  return headers.filter((_, index) => index % 2 === 1);
}

describe("rateLimitHeaders", () => {
  it("tells limit, rest and reset in Unix seconds", () => {
    const decision = makeRateDecision({ limit: 60, remaining: 2, resetSeconds: 10 });
    expect(rateLimitHeaders(decision, 1_767_225_600_500)).toEqual([
      "X-RateLimit-Limit",
      "60",
      "X-RateLimit-Remaining",
      "2",
      "X-RateLimit-Reset",
      "1767225611",
    ]);
  });

  it("HP-49 D17 tells what the limiter really has left, down to 0 on the refusal", () => {
    const clock = new ManualClock(1_767_225_600_000);
    const limits = { perClientPerMinute: 60, globalPerMinute: 0, burst: 3 };
    const limiter = createRateLimiter({ shared: createSharedState(), clock, ...limits });
    const told = Array.from({ length: 4 }, () =>
      valuesOf(rateLimitHeaders(limiter.check("192.0.2.1"), clock.wallTime())),
    );
    expect(told).toEqual([
      ["60", "2", "1767225601"],
      ["60", "1", "1767225602"],
      ["60", "0", "1767225603"],
      ["60", "0", "1767225603"],
    ]);
  });

  it("HP-49 tells zeros when there are no limits", () => {
    const unlimited = makeRateDecision({ limit: 0, remaining: 0, resetSeconds: 0 });
    expect(valuesOf(rateLimitHeaders(unlimited, 1_767_225_600_000))).toEqual(["0", "0", "0"]);
  });
});
