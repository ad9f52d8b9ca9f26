import type { Endpoint } from "@olla-ts/core";
import { makeEndpoint } from "@olla-ts/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createRotation, ROTATION_CELLS } from "./rotation.ts";

const endpoints = Array.from({ length: 8 }, (_, slot) => makeEndpoint({ slot }));

/** Candidate sets as the router hands them over: in configuration order. */
const candidateSet = fc.subarray(endpoints, { minLength: 1 });

function keyOf(candidates: readonly Endpoint[]): string {
  return candidates.map(({ slot }) => slot).join();
}

describe("createRotation", () => {
  it("RT-29 keeps the turn of every candidate set, however requests interleave", () => {
    fc.assert(
      fc.property(fc.array(candidateSet, { maxLength: 200 }), (requests) => {
        const rotation = createRotation();
        const turns = new Map<string, number>();
        for (const candidates of requests) {
          const turn = turns.get(keyOf(candidates)) ?? 0;
          expect(rotation.next(candidates)).toBe(candidates[turn % candidates.length]);
          turns.set(keyOf(candidates), turn + 1);
        }
      }),
    );
  });

  it("peeks at the turn that comes next, and takes none", () => {
    fc.assert(
      fc.property(
        fc.array(candidateSet, { minLength: 1, maxLength: 100 }),
        fc.constantFrom(2, 4, 32, ROTATION_CELLS),
        (requests, cells) => {
          const counters = new Int32Array(cells);
          const rotation = createRotation(counters);
          for (const candidates of requests) {
            const before = counters.slice();
            const peeked = rotation.peek(candidates);
            expect(counters).toEqual(before);
            expect(rotation.next(candidates)).toBe(peeked);
          }
        },
      ),
    );
  });

  it("keeps the turns of 255 candidate sets apart", () => {
    const sets = fc.sample(candidateSet, { numRuns: 5_000, seed: 1 });
    const distinct = [...new Map(sets.map((set) => [keyOf(set), set])).values()];
    expect(distinct).toHaveLength(255);
    const rotation = createRotation();
    for (let turn = 0; turn < 8; turn += 1) {
      for (const candidates of distinct) {
        expect(rotation.next(candidates)).toBe(candidates[turn % candidates.length]);
      }
    }
  });

  it("serves every candidate when there are more sets than counters", () => {
    const rotation = createRotation(new Int32Array(2));
    const [a, b, c] = endpoints;
    const sets = [
      [a, b].filter((one) => one !== undefined),
      [b, c].filter((one) => one !== undefined),
    ];
    const selected = sets.flatMap((set) => [rotation.next(set), rotation.next(set)]);
    expect(new Set(selected)).toEqual(new Set([a, b, c]));
  });

  it("goes on when a count wraps into the negative", () => {
    const cells = new Int32Array(2);
    const rotation = createRotation(cells);
    const pair = endpoints.slice(0, 2);
    rotation.next(pair);
    cells[1] = 2 ** 31 - 1;
    expect([1, 2, 3, 4].map(() => rotation.next(pair).slot)).toEqual([1, 0, 1, 0]);
  });

  it("rotates on over counters handed to a successor", () => {
    const cells = new Int32Array(ROTATION_CELLS);
    const trio = endpoints.slice(0, 3);
    const slots = [1, 2, 3, 4].map(() => createRotation(cells).next(trio).slot);
    expect(slots).toEqual([0, 1, 2, 0]);
  });

  it("refuses counters without room for one pair", () => {
    expect(() => createRotation(new Int32Array(1))).toThrow(RangeError);
  });
});
