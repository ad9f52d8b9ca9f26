import { expect, it } from "vitest";

import { HEALTH_STATUSES, isRoutableStatus } from "./health-status.ts";

it("stores unknown as 0, so that fresh shared memory reads as unknown", () => {
  expect(HEALTH_STATUSES[0]).toBe("unknown");
  expect(new Set(HEALTH_STATUSES).size).toBe(8);
});

it("lets requests go to healthy, busy and warming endpoints alone", () => {
  expect(HEALTH_STATUSES.filter((status) => isRoutableStatus(status))).toEqual([
    "healthy",
    "busy",
    "warming",
  ]);
});
