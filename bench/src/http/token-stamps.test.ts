import { describe, expect, it } from "vitest";

import { stamp, StampReader } from "./token-stamps.ts";

describe("StampReader", () => {
  const text = `data: {"a":"${stamp(1_234)}"}\n\n~12x{"a":"${stamp(98_765_432_101)}"}\n\n`;

  it.each([1, 2, 7, 1_000])("finds every stamp in pieces of %d bytes", (size) => {
    const found: number[] = [];
    const reader = new StampReader((sent) => found.push(sent));
    const data = Buffer.from(text);
    for (let at = 0; at < data.length; at += size) {
      reader.push(data, at, Math.min(data.length, at + size));
    }
    expect(found).toEqual([1_234, 98_765_432_101]);
  });
});
