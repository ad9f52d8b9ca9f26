import type { Clock } from "@olla-ts/core/ports";
import { ManualClock } from "@olla-ts/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Deadlines, type Timed } from "./deadlines.ts";

class Recorded implements Timed {
  dueAt = Infinity;
  place = -1;
  readonly expiredAt: number[] = [];
  readonly #deadlines: Deadlines;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
    deadlines.add(this);
  }

  expire(now: number): void {
    this.expiredAt.push(now);
    this.#deadlines.remove(this);
  }
}

describe("Deadlines", () => {
  it.each([
    { limits: [0, 0], tickMs: 250 },
    { limits: [60_000, 0, 1_000], tickMs: 50 },
    { limits: [100], tickMs: 10 },
    { limits: [600_000], tickMs: 250 },
  ])("looks every $tickMs ms for limits of $limits", ({ limits, tickMs }) => {
    expect(new Deadlines(new ManualClock(), limits).tickMs).toBe(tickMs);
  });

  it("expires no limit early and each within two ticks, whenever it was set", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            waitMs: fc.nat({ max: 3_000 }),
            limitMs: fc.integer({ min: 1_000, max: 9_000 }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        (arms) => {
          const clock = new ManualClock();
          const deadlines = new Deadlines(clock, [1_000]);
          const armed = arms.map(({ waitMs, limitMs }) => {
            clock.advance(waitMs);
            const entry = new Recorded(deadlines);
            entry.dueAt = deadlines.after(limitMs);
            return { entry, dueAt: clock.now() + limitMs };
          });
          clock.advance(60_000);
          for (const { entry, dueAt } of armed) {
            expect(entry.expiredAt).toHaveLength(1);
            expect(entry.expiredAt[0]).toBeGreaterThanOrEqual(dueAt);
            expect(entry.expiredAt[0]).toBeLessThanOrEqual(dueAt + 2 * deadlines.tickMs);
          }
        },
      ),
    );
  });

  it("never expires a limit that keeps being moved on", () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, [1_000]);
    const entry = new Recorded(deadlines);
    for (let chunk = 0; chunk < 20; chunk += 1) {
      entry.dueAt = deadlines.after(1_000);
      clock.advance(999);
    }
    expect(entry.expiredAt).toEqual([]);
  });

  it("takes 0 for no limit", () => {
    expect(new Deadlines(new ManualClock(), [1_000]).after(0)).toBe(Infinity);
  });

  it("runs one timer while something is watched and none otherwise", () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, [1_000]);
    expect(clock.pending).toBe(0);
    const entries = Array.from({ length: 50 }, () => new Recorded(deadlines));
    expect(clock.pending).toBe(1);
    for (const entry of entries) deadlines.remove(entry);
    clock.advance(deadlines.tickMs);
    expect(clock.pending).toBe(0);
  });

  it("expires every due entry of one look, whichever remove themselves", () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, [1_000]);
    const entries = Array.from({ length: 9 }, (_, index) => {
      const entry = new Recorded(deadlines);
      if (index % 2 === 0) entry.dueAt = 1;
      return entry;
    });
    clock.advance(deadlines.tickMs);
    expect(entries.map(({ expiredAt }) => expiredAt.length)).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it("lets what came during a long turn of the event loop be read before judging", () => {
    let now = 0;
    const looks: (() => void)[] = [];
    const clock: Clock = {
      now: () => now,
      wallTime: () => now,
      schedule(callback) {
        looks.push(callback);
        return { [Symbol.dispose]: () => {} };
      },
    };
    const deadlines = new Deadlines(clock, [1_000]);
    const entry = new Recorded(deadlines);
    entry.dueAt = deadlines.after(1_000);
    now = 5_000;
    looks.shift()?.();
    expect(entry.expiredAt, "the first late look only takes the time").toEqual([]);
    now = 9_000;
    looks.shift()?.();
    expect(entry.expiredAt, "a second late look judges").toEqual([9_000]);
  });

  it("forgets everything when stopped", () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, [1_000]);
    const entry = new Recorded(deadlines);
    entry.dueAt = 1;
    deadlines.stop();
    clock.advance(10_000);
    expect(entry).toMatchObject({ expiredAt: [], place: -1 });
    expect(clock.pending).toBe(0);
  });
});
