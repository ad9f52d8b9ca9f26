import { array, assert, constantFrom, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { BodyCollector } from "./body-collector.ts";

function collect(chunks: readonly Uint8Array[], stated: number): Buffer {
  const collector = new BodyCollector(stated);
  for (const chunk of chunks) collector.add(Buffer.from(chunk));
  return collector.take();
}

describe("BodyCollector", () => {
  it("gives the only piece as it is", () => {
    const collector = new BodyCollector(3);
    const piece = Buffer.from("abc");
    collector.add(piece);
    expect(collector.take()).toBe(piece);
  });

  it("is empty without pieces", () => {
    expect(new BodyCollector(Number.NaN).take()).toHaveLength(0);
  });

  it("gives every byte in order, whatever length was stated", () => {
    const pieces = array(uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    // node:http never hands on more than was stated, and less only when the client leaves.
    const surplus = constantFrom(0, 1, 100, Number.NaN);
    assert(
      property(pieces, surplus, (chunks, missing) => {
        const expected = Buffer.concat(chunks);
        expect(collect(chunks, expected.length + missing).equals(expected)).toBe(true);
      }),
    );
  });
});
