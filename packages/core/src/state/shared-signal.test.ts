import { describe, expect, it } from "vitest";

import { SharedSignal } from "./shared-signal.ts";
import { createSharedState } from "./shared-state.ts";

describe("SharedSignal", () => {
  it("wakes everybody who waits, in every thread", async () => {
    const shared = createSharedState();
    const one = new SharedSignal(shared, "s");
    const other = new SharedSignal(createSharedState(shared.regions()), "s");
    let woken = 0;
    const waiting = [one, other].map((signal) =>
      signal.given(signal.moment()).then(() => (woken += 1)),
    );
    await Promise.resolve();
    expect(woken).toBe(0);
    one.give();
    await Promise.all(waiting);
    expect(woken).toBe(2);
  });

  it("does not wait for what has happened since the moment", async () => {
    const signal = new SharedSignal(createSharedState(), "s");
    const moment = signal.moment();
    signal.give();
    let isBack = false;
    void signal.given(moment).then(() => (isBack = true));
    await Promise.resolve();
    await Promise.resolve();
    expect(isBack).toBe(true);
  });
});
