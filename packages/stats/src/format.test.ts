import { describe, expect, it } from "vitest";

import {
  formatAgo,
  formatBytes,
  formatLatency,
  formatPercent,
  formatUntil,
  formatUptime,
} from "./format.ts";

const NOW = Date.UTC(2026, 7, 20, 10);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_024, "1.00 KB"],
    [2_591, "2.53 KB"],
    [1024 ** 2, "1.00 MB"],
    [5.25 * 1024 ** 3, "5.25 GB"],
    [1024 ** 4, "1.00 TB"],
    [1024 ** 5, "1.00 PB"],
    [2048 * 1024 ** 5, "2048.00 PB"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("formatPercent", () => {
  it.each([
    [undefined, "N/A"],
    [0, "0%"],
    [84.615, "84.6%"],
    [50, "50.0%"],
    [100, "100%"],
  ])("writes %s as %s", (percent, text) => {
    expect(formatPercent(percent)).toBe(text);
  });
});

describe("formatLatency", () => {
  it.each([
    [0, "0ms"],
    [0.4, "0ms"],
    [6.2, "6ms"],
    [999, "999ms"],
    [999.6, "1.0s"],
    [1_239, "1.2s"],
    [61_000, "61.0s"],
  ])("writes %d milliseconds as %s", (ms, text) => {
    expect(formatLatency(ms)).toBe(text);
  });
});

describe("formatAgo", () => {
  it.each([
    [0, "0s ago"],
    [3_900, "3s ago"],
    [59 * SECOND, "59s ago"],
    [5 * MINUTE, "5m ago"],
    [HOUR, "1h ago"],
    [23 * HOUR, "23h ago"],
    [49 * HOUR, "2d ago"],
    [-MINUTE, "0s ago"],
  ])("writes a distance of %d ms as %s", (distance, text) => {
    expect(formatAgo(NOW - distance, NOW)).toBe(text);
  });

  it("says never when there is no time", () => {
    expect(formatAgo(undefined, NOW)).toBe("never");
  });
});

describe("formatUntil", () => {
  it.each([
    [-1, "now"],
    [0, "now"],
    [1, "in 1s"],
    [2 * SECOND, "in 2s"],
    [90 * SECOND, "in 1m"],
    [2 * HOUR, "in 2h"],
    [3 * DAY, "in 3d"],
  ])("writes a distance of %d ms as %s", (distance, text) => {
    expect(formatUntil(NOW + distance, NOW)).toBe(text);
  });

  it("says unknown when there is no time", () => {
    expect(formatUntil(undefined, NOW)).toBe("unknown");
  });
});

describe("formatUptime", () => {
  it.each([
    [0.9, "0s"],
    [42, "42s"],
    [7 * 60 + 59, "7m"],
    [3_600, "1h 0m"],
    [5 * 3_600 + 61, "5h 1m"],
    [3 * 86_400 + 4 * 3_600, "3d 4h"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatUptime(seconds)).toBe(text);
  });
});
