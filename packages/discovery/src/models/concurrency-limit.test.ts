import { settle } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { ConcurrencyLimit } from "./concurrency-limit.ts";

describe("ConcurrencyLimit", () => {
  it("starts tasks in order, as many at a time as allowed", async () => {
    const limit = new ConcurrencyLimit(2);
    const started: number[] = [];
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const all = gates.map(({ promise }, index) =>
      limit.run(() => {
        started.push(index);
        return promise;
      }),
    );
    await settle();
    expect(started).toEqual([0, 1]);
    gates[1]?.resolve();
    await settle();
    expect(started).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    await Promise.all(all);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it("gives back the place of a task that failed", async () => {
    const limit = new ConcurrencyLimit(1);
    await expect(limit.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await limit.run(() => Promise.resolve("next"))).toBe("next");
  });

  it("refuses to run nothing at all", () => {
    expect(() => new ConcurrencyLimit(0)).toThrow(RangeError);
  });
});
