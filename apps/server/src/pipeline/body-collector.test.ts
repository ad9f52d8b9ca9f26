import { array, assert, constantFrom, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { BodyCollector } from "./body-collector.ts";
import { BodyMemory } from "./body-memory.ts";

function collect(chunks: readonly Uint8Array[], stated: number): Buffer {
  const collector = new BodyCollector(stated, new BodyMemory());
  for (const chunk of chunks) collector.add(Buffer.from(chunk));
  return collector.take();
}

describe("BodyCollector", () => {
  it("gives the only piece as it is", () => {
    const collector = new BodyCollector(3, new BodyMemory());
    const piece = Buffer.from("abc");
    collector.add(piece);
    expect(collector.take()).toBe(piece);
  });

  it("is empty without pieces", () => {
    expect(new BodyCollector(Number.NaN, new BodyMemory()).take()).toHaveLength(0);
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

  it("keeps the bytes of large pieces, whose own memory it frees at once", () => {
    const collector = new BodyCollector(60_000, new BodyMemory());
    const pieces = [1, 2].map((filling) => Buffer.from(new ArrayBuffer(30_000)).fill(filling));
    for (const piece of pieces) collector.add(piece);
    expect(pieces.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0]);
    const whole = collector.take();
    expect(whole.equals(Buffer.concat([Buffer.alloc(30_000, 1), Buffer.alloc(30_000, 2)]))).toBe(
      true,
    );
  });

  it("leaves memory alone that others share", () => {
    const shared = Buffer.from(new ArrayBuffer(60_000));
    const collector = new BodyCollector(60_000, new BodyMemory());
    collector.add(shared.subarray(0, 30_000));
    collector.add(shared.subarray(30_000));
    expect(shared.buffer.byteLength).toBe(60_000);
  });
});
