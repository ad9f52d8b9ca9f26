import { array, assert, constantFrom, integer, property, uint8Array } from "fast-check";
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
    assert(
      property(
        pieces,
        constantFrom("true", "none", "wrong"),
        integer({ min: 0, max: 200 }),
        (chunks, kind, wrong) => {
          const expected = Buffer.concat(chunks);
          const stated = kind === "true" ? expected.length : kind === "none" ? Number.NaN : wrong;
          // node:http never hands on more than was stated, less only when the client leaves.
          if (stated >= expected.length || Number.isNaN(stated)) {
            expect(collect(chunks, stated).equals(expected)).toBe(true);
          }
        },
      ),
    );
  });
});
