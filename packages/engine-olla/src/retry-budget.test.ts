import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { RetryBudget } from "./retry-budget.ts";

function withdrawals(budget: RetryBudget): number {
  let count = 0;
  while (budget.withdraw()) count += 1;
  return count;
}

describe("RetryBudget", () => {
  it("allows one retry per five first attempts at a ratio of 0.2", () => {
    const budget = new RetryBudget({ clock: new ManualClock(), ratio: 0.2, minPerSecond: 0 });
    for (let sent = 0; sent < 4; sent += 1) budget.deposit();
    expect(budget.withdraw()).toBe(false);
    budget.deposit();
    expect(withdrawals(budget)).toBe(1);
  });

  it("holds ten seconds of the minimum in reserve without any traffic", () => {
    const budget = new RetryBudget({ clock: new ManualClock(), ratio: 0.2, minPerSecond: 3 });
    expect(withdrawals(budget)).toBe(30);
  });

  it("forgets deposits after ten seconds", () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ clock, ratio: 1, minPerSecond: 0 });
    for (let sent = 0; sent < 8; sent += 1) budget.deposit();
    clock.advance(9_999);
    expect(budget.withdraw()).toBe(true);
    clock.advance(1);
    expect(budget.withdraw()).toBe(false);
  });

  it("forgets withdrawals after ten seconds", () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ clock, ratio: 0, minPerSecond: 1 });
    expect(withdrawals(budget)).toBe(10);
    clock.advance(5_000);
    expect(withdrawals(budget)).toBe(0);
    clock.advance(5_000);
    expect(withdrawals(budget)).toBe(10);
  });

  it("starts afresh after a long silence", () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ clock, ratio: 1, minPerSecond: 0 });
    budget.deposit();
    clock.advance(3_600_000);
    expect(budget.withdraw()).toBe(false);
    budget.deposit();
    expect(withdrawals(budget)).toBe(1);
  });
});
