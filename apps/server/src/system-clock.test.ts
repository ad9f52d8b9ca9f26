import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { systemClock } from "./system-clock.ts";

describe("systemClock.schedule", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("calls back after the delay, once", () => {
    const callback = vi.fn<() => void>();
    systemClock.schedule(callback, 100);
    vi.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it("does not call back once it is disposed", () => {
    const callback = vi.fn<() => void>();
    systemClock.schedule(callback, 100)[Symbol.dispose]();
    vi.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });

  it("does not call back at once for a delay longer than timers can wait, such as 30 days", () => {
    const callback = vi.fn<() => void>();
    systemClock.schedule(callback, 30 * 86_400_000);
    vi.advanceTimersByTime(20 * 86_400_000);
    expect(callback).not.toHaveBeenCalled();
  });
});
