import { describe, expect, it } from "vitest";

import { following, sequenceOf, stateOf, valueOf, withValue } from "./breaker-word.ts";

describe("breaker words", () => {
  it("begin closed, without failures, as a cell of zeros", () => {
    expect([stateOf(0n), sequenceOf(0n), valueOf(0n)]).toEqual(["closed", 0, 0]);
  });

  it.each(["closed", "open", "half-open"] as const)("keep %s with its time", (state) => {
    const word = following(0n, state, Date.UTC(2100, 0, 1));
    expect([stateOf(word), sequenceOf(word), valueOf(word)]).toEqual([
      state,
      1,
      Date.UTC(2100, 0, 1),
    ]);
  });

  it("survive a cell of 64 signed bits", () => {
    const cell = new BigInt64Array(1);
    cell[0] = following(0n, "half-open", Date.UTC(2100, 0, 1));
    expect(valueOf(cell[0])).toBe(Date.UTC(2100, 0, 1));
    expect(cell[0]).toBe(following(0n, "half-open", Date.UTC(2100, 0, 1)));
  });

  it("change their value without another sequence", () => {
    const word = withValue(following(0n, "closed", 1), 4);
    expect([stateOf(word), sequenceOf(word), valueOf(word)]).toEqual(["closed", 1, 4]);
  });

  it("wrap the sequence round without touching the rest", () => {
    let word = 0n;
    for (let step = 0; step < 2 ** 20; step += 1) word = following(word, "open", 7);
    expect([stateOf(word), sequenceOf(word), valueOf(word)]).toEqual(["open", 0, 7]);
  });
});
