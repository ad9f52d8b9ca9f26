import { describe, expect, it } from "vitest";

import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSpan,
  formatTokens,
} from "./format.ts";

describe("figures for people", () => {
  it.each([
    [formatCount(0), "0"],
    [formatCount(99_999), "99,999"],
    [formatCount(123_456), "123k"],
    [formatCount(1_250_000), "1.3M"],
    [formatCount(undefined), "–"],
    [formatRate(0), "0"],
    [formatRate(0.004), "<0.01"],
    [formatRate(0.25), "0.25"],
    [formatRate(4.21), "4.2"],
    [formatRate(1_234.4), "1,234"],
    [formatDuration(0), "0 ms"],
    [formatDuration(4.21), "4.2 ms"],
    [formatDuration(999.6), "1.00 s"],
    [formatDuration(59_960), "1 m"],
    [formatDuration(null), "–"],
    [formatSpan(59), "59 s"],
    [formatSpan(185), "3 m 5 s"],
    [formatSpan(7_200), "2 h"],
    [formatSpan(266_400), "3 d 2 h"],
    [formatBytes(512), "512 B"],
    [formatBytes(1_536), "1.5 KiB"],
    [formatBytes(5_046_586_573), "4.7 GiB"],
    [formatPercent(100), "100 %"],
    [formatPercent(99.99), "99.9 %"],
    [formatPercent(0.01), "0.1 %"],
    [formatPercent(undefined), "–"],
    [formatTokens(131_072), "128k"],
    [formatTokens(1_048_576), "1M"],
    [formatAgo(undefined, 0), "never"],
    [formatAgo(1_000, 1_200), "now"],
    [formatAgo(1_000, 31_000), "30 s ago"],
    [formatAgo(0, 7_200_000), "2 h ago"],
  ])("are written %s", (written, expected) => {
    expect(written).toBe(expected);
  });
});
