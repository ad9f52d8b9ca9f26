import { describe, expect, it } from "vitest";

import { ManualClock, settle } from "./manual-clock.ts";

describe("ManualClock", () => {
  it("stands still until it is moved", () => {
    const clock = new ManualClock(1_000);
    expect([clock.now(), clock.wallTime()]).toEqual([0, 1_000]);
    clock.advance(250);
    expect([clock.now(), clock.wallTime()]).toEqual([250, 1_250]);
  });

  it("calls back when the time has come and not before, once", () => {
    const clock = new ManualClock();
    const calls: number[] = [];
    clock.schedule(() => calls.push(clock.now()), 100);
    clock.advance(99);
    expect(calls).toEqual([]);
    clock.advance(1);
    clock.advance(1_000);
    expect(calls).toEqual([100]);
    expect(clock.pending).toBe(0);
  });

  it("calls back in order of due time, then of scheduling, each at its own time", () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    for (const [name, delay] of [
      ["late", 30],
      ["first", 10],
      ["second", 10],
    ] as const) {
      clock.schedule(() => calls.push(`${name}@${clock.now()}`), delay);
    }
    clock.advance(50);
    expect(calls).toEqual(["first@10", "second@10", "late@30"]);
    expect(clock.now()).toBe(50);
  });

  it("runs what a callback schedules when it falls due within the same advance", () => {
    const clock = new ManualClock();
    const calls: number[] = [];
    const again = (): void => {
      calls.push(clock.now());
      clock.schedule(again, 10);
    };
    clock.schedule(again, 10);
    clock.advance(35);
    expect(calls).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  it("calls nobody who was disposed", () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const entry = clock.schedule(() => calls.push("disposed"), 10);
    clock.schedule(() => calls.push("kept"), 10);
    entry[Symbol.dispose]();
    entry[Symbol.dispose]();
    clock.advance(10);
    expect(calls).toEqual(["kept"]);
  });

  it("takes a negative delay for none", () => {
    const clock = new ManualClock();
    let called = false;
    clock.schedule(() => {
      called = true;
    }, -5);
    clock.advance(0);
    expect(called).toBe(true);
    expect(clock.now()).toBe(0);
  });

  it("lets promises settle between steps", async () => {
    const clock = new ManualClock();
    const calls: number[] = [];
    const twice = async (): Promise<void> => {
      for (let time = 0; time < 2; time += 1) {
        await new Promise<void>((resolve) => {
          clock.schedule(resolve, 10);
        });
        calls.push(clock.now());
      }
    };
    const done = twice();
    await clock.advanceAsync(25, 10);
    await done;
    expect(calls).toEqual([10, 20]);
    expect(clock.now()).toBe(25);
  });
});

describe("settle", () => {
  it("lets a chain of promises run to its end", async () => {
    let reached = false;
    const chain = async (): Promise<void> => {
      await Promise.resolve();
      await Promise.resolve();
      reached = true;
    };
    void chain();
    expect(reached).toBe(false);
    await settle();
    expect(reached).toBe(true);
  });
});
