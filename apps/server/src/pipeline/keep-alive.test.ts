import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { startKeepAlive } from "./keep-alive.ts";

function start(): { clock: ManualClock; sent: number[]; say: () => void; stop: Disposable } {
  const clock = new ManualClock();
  const sent: number[] = [];
  let last = clock.now();
  const stop = startKeepAlive({
    clock,
    everyMs: 10_000,
    sentAt: () => last,
    send: () => {
      sent.push(clock.now());
    },
  });
  return { clock, sent, say: () => (last = clock.now()), stop };
}

describe("startKeepAlive", () => {
  it("speaks after each interval of silence", () => {
    const { clock, sent } = start();
    clock.advance(25_000);
    expect(sent).toEqual([10_000, 20_000]);
  });

  it("counts the interval from the last thing that was sent", () => {
    const { clock, sent, say } = start();
    clock.advance(7_000);
    say();
    clock.advance(9_999);
    expect(sent).toEqual([]);
    clock.advance(1);
    expect(sent).toEqual([17_000]);
  });

  it("is silent once disposed", () => {
    const { clock, sent, stop } = start();
    stop[Symbol.dispose]();
    clock.advance(60_000);
    expect(sent).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
