import { settle } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createConcurrencyGate } from "./concurrency-gate.ts";

describe("createConcurrencyGate", () => {
  it("lets the next one in, in the order of coming, when one leaves", async () => {
    const gate = createConcurrencyGate(2);
    const entered: number[] = [];
    const places = [1, 2, 3, 4].map(async (visitor) => {
      const place = await gate.enter();
      entered.push(visitor);
      return place;
    });
    await settle();
    expect(entered).toEqual([1, 2]);
    (await places[0]!)[Symbol.dispose]();
    await settle();
    expect(entered).toEqual([1, 2, 3]);
  });

  it("keeps no place occupied after everyone left", async () => {
    const gate = createConcurrencyGate(1);
    for (let visitor = 0; visitor < 3; visitor += 1) {
      using _place = await gate.enter();
    }
    const place = await Promise.race([gate.enter(), settle()]);
    expect(place).toBeDefined();
  });
});
