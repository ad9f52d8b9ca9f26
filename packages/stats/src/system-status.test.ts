import { describe, expect, it } from "vitest";

import { securityStatus, systemStatus } from "./system-status.ts";

describe("systemStatus", () => {
  it.each([
    { endpoints: 0, healthyEndpoints: 0, successPercent: 100, status: "critical" },
    { endpoints: 4, healthyEndpoints: 4, successPercent: undefined, status: "healthy" },
    { endpoints: 4, healthyEndpoints: 3, successPercent: undefined, status: "degraded" },
    { endpoints: 3, healthyEndpoints: 1, successPercent: undefined, status: "critical" },
    { endpoints: 2, healthyEndpoints: 1, successPercent: undefined, status: "degraded" },
    { endpoints: 5, healthyEndpoints: 4, successPercent: 95, status: "healthy" },
    { endpoints: 5, healthyEndpoints: 5, successPercent: 94.9, status: "degraded" },
    { endpoints: 5, healthyEndpoints: 5, successPercent: 90, status: "degraded" },
    { endpoints: 5, healthyEndpoints: 5, successPercent: 89.9, status: "critical" },
  ])(
    "HI-7 is $status with $healthyEndpoints of $endpoints healthy and $successPercent % success",
    ({ status, ...facts }) => {
      expect(systemStatus(facts)).toBe(status);
    },
  );
});

describe("securityStatus", () => {
  it.each([
    { rateLimitViolations: 60, sizeLimitViolations: 40, blockedIps: 10, status: "normal" },
    { rateLimitViolations: 60, sizeLimitViolations: 41, blockedIps: 0, status: "elevated" },
    { rateLimitViolations: 0, sizeLimitViolations: 0, blockedIps: 11, status: "elevated" },
  ])("is $status with $blockedIps limited addresses", ({ status, ...figures }) => {
    expect(securityStatus(figures)).toBe(status);
  });
});
