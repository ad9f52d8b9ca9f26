import { describe, expect, it } from "vitest";

import { toAnthropicRateLimits } from "./rate-limit-headers.ts";

const now = Date.UTC(2026, 4, 1, 9);

describe("toAnthropicRateLimits", () => {
  it("renames the figures and leaves other fields out", () => {
    const headers = [
      "content-type",
      "application/json",
      "X-RateLimit-Limit-Requests",
      "60",
      "x-ratelimit-remaining-tokens",
      "149984",
      "x-ratelimit-limit",
      "5",
    ];
    expect(toAnthropicRateLimits(headers, now)).toEqual([
      "anthropic-ratelimit-requests-limit",
      "60",
      "anthropic-ratelimit-tokens-remaining",
      "149984",
    ]);
  });

  it.each([
    ["1s", "2026-05-01T09:00:01.000Z"],
    ["6m0s", "2026-05-01T09:06:00.000Z"],
    ["1h2m3.5s", "2026-05-01T10:02:03.500Z"],
    ["20ms", "2026-05-01T09:00:00.020Z"],
    ["30", "2026-05-01T09:00:30.000Z"],
  ])("turns the reset in %s into its time", (text, time) => {
    expect(toAnthropicRateLimits(["x-ratelimit-reset-requests", text], now)).toEqual([
      "anthropic-ratelimit-requests-reset",
      time,
    ]);
  });

  it.each(["", "soon", "1s later", "9".repeat(30)])("leaves out the reset in %j", (text) => {
    expect(toAnthropicRateLimits(["x-ratelimit-reset-tokens", text], now)).toEqual([]);
  });
});
