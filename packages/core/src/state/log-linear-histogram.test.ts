import { array, assert, double, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";

import {
  bucketLimit,
  bucketOf,
  HISTOGRAM_BUCKETS,
  HistogramGrid,
  quantile,
} from "./log-linear-histogram.ts";
import { createSharedState } from "./shared-state.ts";

const LARGEST = 2 ** 32 - 1;
const value = (): ReturnType<typeof integer> => integer({ min: 0, max: LARGEST });

function countsOf(values: readonly number[]): Uint32Array {
  const grid = new HistogramGrid(createSharedState(), "h", 1);
  for (const one of values) grid.record(0, one);
  return grid.counts(0);
}

describe("bucketOf", () => {
  it("puts every value into the bucket whose limits enclose it", () => {
    assert(
      property(value(), (one) => {
        const bucket = bucketOf(one);
        const from = bucket === 0 ? 0 : bucketLimit(bucket - 1);
        expect(one).toBeGreaterThanOrEqual(from);
        expect(one).toBeLessThan(bucketLimit(bucket));
      }),
    );
  });

  it("has buckets no wider than a sixteenth of the values in them", () => {
    assert(
      property(value(), (one) => {
        const bucket = bucketOf(one);
        const from = bucket === 0 ? 0 : bucketLimit(bucket - 1);
        const width = bucketLimit(bucket) - from;
        expect(width).toBeLessThanOrEqual(Math.max(1, from / 16));
      }),
    );
  });

  it("uses every bucket, the first for 0 and the last for 2^32 - 1", () => {
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(LARGEST)).toBe(HISTOGRAM_BUCKETS - 1);
    const limits = Array.from({ length: HISTOGRAM_BUCKETS }, (_, bucket) => bucketLimit(bucket));
    expect(limits.map((limit) => bucketOf(limit - 1))).toEqual([...limits.keys()]);
    expect(limits.at(-1)).toBe(2 ** 32);
  });

  it.each([2 ** 32, 2 ** 40, Number.POSITIVE_INFINITY])("puts %d into the last", (one) => {
    expect(bucketOf(one)).toBe(HISTOGRAM_BUCKETS - 1);
  });

  it.each([-1, -(2 ** 40), Number.NaN, 0.9])("puts %d into the first", (one) => {
    expect(bucketOf(one)).toBe(0);
  });

  it("puts a fraction where its whole part belongs", () => {
    assert(
      property(double({ min: 0, max: LARGEST, noNaN: true }), (one) => {
        expect(bucketOf(one)).toBe(bucketOf(Math.trunc(one)));
      }),
    );
  });
});

describe("HistogramGrid", () => {
  it("counts rows apart from each other", () => {
    const grid = new HistogramGrid(createSharedState(), "h", 2);
    grid.record(0, 5);
    grid.record(1, LARGEST);
    grid.record(1, LARGEST);
    expect(grid.counts(0)[5]).toBe(1);
    expect(grid.counts(0).reduce((sum, count) => sum + count)).toBe(1);
    expect(grid.counts(1)[HISTOGRAM_BUCKETS - 1]).toBe(2);
  });

  it("keeps what is not a number in its own row", () => {
    const grid = new HistogramGrid(createSharedState(), "h", 2);
    grid.record(1, Number.NaN);
    expect(grid.counts(0).every((count) => count === 0)).toBe(true);
    expect(grid.counts(1)[0]).toBe(1);
  });

  it("hands out copies", () => {
    const grid = new HistogramGrid(createSharedState(), "h", 1);
    const before = grid.counts(0);
    grid.record(0, 1);
    expect(before[1]).toBe(0);
  });

  it("clears one row and leaves its neighbours", () => {
    const grid = new HistogramGrid(createSharedState(), "h", 3);
    for (const row of [0, 1, 2]) {
      grid.record(row, 0);
      grid.record(row, LARGEST);
    }
    grid.clear(1);
    const sums = [0, 1, 2].map((row) => grid.counts(row).reduce((sum, count) => sum + count));
    expect(sums).toEqual([2, 0, 2]);
  });
});

describe("quantile", () => {
  it("is 0 when nothing was recorded", () => {
    expect(quantile(countsOf([]), 0.5)).toBe(0);
  });

  it("is exact below 16", () => {
    const counts = countsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const shares = [0, 0.1, 0.5, 0.95, 1].map((share) => quantile(counts, share));
    expect(shares).toEqual([1, 1, 5, 10, 10]);
  });

  it("is never below the exact value and at most a sixteenth above it", () => {
    assert(
      property(
        array(value(), { minLength: 1, maxLength: 200 }),
        double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = values.toSorted((one, other) => one - other);
          const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
          const told = quantile(countsOf(values), share);
          expect(told).toBeGreaterThanOrEqual(exact);
          expect(told).toBeLessThanOrEqual(exact * (1 + 1 / 16));
        },
      ),
    );
  });

  it("grows with the share", () => {
    assert(
      property(array(value(), { minLength: 1 }), (values) => {
        const counts = countsOf(values);
        const told = [0, 0.25, 0.5, 0.75, 0.99, 1].map((share) => quantile(counts, share));
        expect(told).toEqual(told.toSorted((one, other) => one - other));
      }),
    );
  });
});
