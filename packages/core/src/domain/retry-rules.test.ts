import { describe, expect, it } from "vitest";

import { ManualClock, settle } from "../testing/index.ts";
import { CancellationSource } from "./cancellation.ts";
import { failures } from "./failure.ts";
import { allowsRetry, EVERY_CANDIDATE, pauseBeforeRetry, type RetryRules } from "./retry-rules.ts";

describe("allowsRetry", () => {
  it.each([
    { code: "upstream_connect", repeatable: false, allowed: true },
    { code: "upstream_reset", repeatable: true, allowed: true },
    { code: "upstream_reset", repeatable: false, allowed: false },
    { code: "upstream_busy", repeatable: false, allowed: true },
    { code: "upstream_error", repeatable: true, allowed: false },
  ] as const)("says $allowed after $code, repeatable $repeatable", (one) => {
    expect(allowsRetry(failures[one.code], one.repeatable, EVERY_CANDIDATE)).toBe(one.allowed);
  });

  it.each([
    { code: "upstream_connect", allowed: false },
    { code: "upstream_reset", allowed: false },
    { code: "connect_timeout", allowed: false },
    { code: "response_header_timeout", allowed: true },
    { code: "upstream_busy", allowed: true },
    { code: "breaker_open", allowed: true },
  ] as const)("says $allowed after $code when connection failures are no reason", (one) => {
    const rules = { ...EVERY_CANDIDATE, afterConnectionFailure: false };
    expect(allowsRetry(failures[one.code], true, rules)).toBe(one.allowed);
  });
});

describe("pauseBeforeRetry", () => {
  const rules: RetryRules = { ...EVERY_CANDIDATE, backoffMs: 100 };

  function pause(retry: number, over: Partial<RetryRules> = {}, random = 0.5): Pause {
    const clock = new ManualClock();
    const cancellation = new CancellationSource();
    const promise = pauseBeforeRetry({ ...rules, ...over }, retry, {
      clock,
      random: () => random,
      cancellation,
    });
    let isOver = promise === undefined;
    void promise?.then(() => (isOver = true));
    return {
      cancellation,
      async isOverAfter(delayMs) {
        clock.advance(delayMs);
        await settle();
        return isOver;
      },
    };
  }

  it.each([
    [1, 50],
    [2, 100],
    [4, 400],
    [100, 15_000],
  ])("before retry %i half the bound is %i ms", async (retry, delayMs) => {
    const { isOverAfter } = pause(retry);
    expect(await isOverAfter(delayMs - 1)).toBe(false);
    expect(await isOverAfter(1)).toBe(true);
  });

  it("is none without a backoff", () => {
    const parts = {
      clock: new ManualClock(),
      random: () => 1,
      cancellation: new CancellationSource(),
    };
    expect(pauseBeforeRetry(EVERY_CANDIDATE, 1, parts)).toBeUndefined();
  });

  it("ends when the client leaves", async () => {
    const { cancellation, isOverAfter } = pause(1);
    cancellation.abort();
    expect(await isOverAfter(0)).toBe(true);
  });
});

interface Pause {
  readonly cancellation: CancellationSource;
  readonly isOverAfter: (delayMs: number) => Promise<boolean>;
}
