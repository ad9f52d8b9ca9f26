import { describe, expect, it } from "vitest";

import { retryAfterMs } from "./retry-after.ts";

const now = Date.UTC(2026, 0, 1);

describe("retryAfterMs", () => {
  it.each([
    { value: "45", ms: 45_000 },
    { value: " 0 ", ms: 0 },
    { value: "Thu, 01 Jan 2026 00:02:00 GMT", ms: 120_000 },
    { value: "Wed, 31 Dec 2025 23:00:00 GMT", ms: 0 },
    { value: "99999999999", ms: 86_400_000 },
    { value: "Fri, 01 Jan 2027 00:00:00 GMT", ms: 86_400_000 },
  ])("reads $value as $ms ms", ({ value, ms }) => {
    expect(retryAfterMs(value, now)).toBe(ms);
  });

  it.each([null, "", "soon", "-5", "12.5", "2026-01-01", "Thu, 99 Jan 2026 00:02:00 GMT"])(
    "waits 30 s after %j, which says nothing usable",
    (value) => {
      expect(retryAfterMs(value, now)).toBe(30_000);
    },
  );
});
