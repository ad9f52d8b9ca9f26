import { bucketOf, HISTOGRAM_BUCKETS } from "@olla-ts/core";
import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";

import { writeLabels, writeValue } from "./exposition-format.ts";
import { DURATION_BOUNDS_SECONDS } from "./exposition-histogram.ts";
import { createExposition, EXPOSITION_CONTENT_TYPE } from "./exposition.ts";
import type { Distribution } from "./latency-rows.ts";

function distributionOf(...micros: readonly number[]): Distribution {
  const counts = new Uint32Array(HISTOGRAM_BUCKETS);
  for (const value of micros) counts[bucketOf(value)]! += 1;
  return { counts, sumSeconds: micros.reduce((sum, value) => sum + value, 0) / 1_000_000 };
}

/** Bucket counts of a histogram's text, by bound as written. */
function bucketsOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/_bucket\{.*le="([^"]+)"\} (\d+)/g)].map(([, bound, count]) => [
      bound ?? "",
      Number(count),
    ]),
  );
}

describe("createExposition", () => {
  it("HI-33 has the content type of text format 0.0.4", () => {
    expect(EXPOSITION_CONTENT_TYPE).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  it("writes help, type and samples of each family together, in order of first mention", () => {
    const exposition = createExposition();
    const up = exposition.family("up", "gauge", "Whether it is up.");
    exposition.family("seen_total", "counter", "How often it was seen.").sample({}, 3);
    up.sample({ endpoint: "b" }, 1).sample({ endpoint: "a", status: "offline" }, 0);
    expect(exposition.toText()).toBe(
      [
        "# HELP up Whether it is up.",
        "# TYPE up gauge",
        'up{endpoint="b"} 1',
        'up{endpoint="a",status="offline"} 0',
        "# HELP seen_total How often it was seen.",
        "# TYPE seen_total counter",
        "seen_total 3",
        "",
      ].join("\n"),
    );
  });

  it("leaves out a family without samples", () => {
    const exposition = createExposition();
    exposition.family("nothing", "gauge", "Never sampled.");
    exposition.histogram("nothing_seconds", "Never sampled.");
    expect(exposition.toText()).toBe("");
  });

  it("adds up a counter that is given twice with the same labels", () => {
    const exposition = createExposition();
    exposition.family("n_total", "counter", "N.").sample({ of: "x" }, 1).sample({ of: "x" }, 2);
    expect(exposition.toText()).toContain('n_total{of="x"} 3\n');
    expect(exposition.toText().match(/of="x"/g)).toHaveLength(1);
  });

  it("takes the later value of a gauge that is given twice with the same labels", () => {
    const exposition = createExposition();
    exposition.family("n", "gauge", "N.").sample({}, 1);
    exposition.family("n", "gauge", "N.").sample({}, 2);
    expect(exposition.toText()).toBe("# HELP n N.\n# TYPE n gauge\nn 2\n");
  });

  it("refuses a name that has another type already", () => {
    const exposition = createExposition();
    exposition.family("n", "gauge", "N.");
    exposition.histogram("h", "H.");
    expect(() => exposition.family("n", "counter", "N.")).toThrow(TypeError);
    expect(() => exposition.histogram("n", "N.")).toThrow(TypeError);
    expect(() => exposition.family("h", "gauge", "H.")).toThrow(TypeError);
  });

  it.each(["", "9n", "a-b", "a b", "a\nb"])("refuses %j as a name", (name) => {
    expect(() => createExposition().family(name, "gauge", "N.")).toThrow(TypeError);
    expect(() => writeLabels({ [name]: "x" })).toThrow(TypeError);
  });

  it("escapes backslash and newline in help texts", () => {
    const exposition = createExposition();
    exposition.family("n", "gauge", 'a\\b\n"c"').sample({}, 1);
    expect(exposition.toText()).toContain(String.raw`# HELP n a\\b\n"c"` + "\n");
  });
});

describe("histogram", () => {
  it("writes cumulative buckets, sum and count in seconds", () => {
    const exposition = createExposition();
    exposition
      .histogram("wait_seconds", "Wait.")
      .sample({ endpoint: "a" }, distributionOf(1_000, 60_000, 60_000, 900_000_000));
    const text = exposition.toText();
    const buckets = bucketsOf(text);
    expect(text.startsWith("# HELP wait_seconds Wait.\n# TYPE wait_seconds histogram\n")).toBe(
      true,
    );
    expect(text).toContain('wait_seconds_bucket{endpoint="a",le="0.005"} 1\n');
    expect(buckets.get("0.05")).toBe(1);
    expect(buckets.get("0.1")).toBe(3);
    expect(buckets.get("600")).toBe(3);
    expect(buckets.get("+Inf")).toBe(4);
    expect(text).toContain('wait_seconds_sum{endpoint="a"} 900.121\n');
    expect(text).toContain('wait_seconds_count{endpoint="a"} 4\n');
    expect(buckets.size).toBe(DURATION_BOUNDS_SECONDS.length + 1);
  });

  it("needs no labels", () => {
    const exposition = createExposition();
    exposition.histogram("wait_seconds", "Wait.").sample({}, distributionOf(1));
    expect(exposition.toText()).toContain('wait_seconds_bucket{le="0.005"} 1\n');
    expect(exposition.toText()).toContain("wait_seconds_count 1\n");
  });

  it("joins two distributions of the same labels", () => {
    const exposition = createExposition();
    exposition
      .histogram("wait_seconds", "Wait.")
      .sample({}, distributionOf(1_000))
      .sample({}, distributionOf(2_000_000));
    expect(exposition.toText()).toContain("wait_seconds_sum 2.001\nwait_seconds_count 2\n");
  });

  it("places every value at most one sixteenth away from its bound", () => {
    assert(
      property(integer({ min: 0, max: 2 ** 32 - 1 }), (micros) => {
        const exposition = createExposition();
        exposition.histogram("h", "H.").sample({}, distributionOf(micros));
        const buckets = bucketsOf(exposition.toText());
        const misplaced = DURATION_BOUNDS_SECONDS.filter((bound) => {
          const counted = buckets.get(writeValue(bound));
          const share = micros / (bound * 1_000_000);
          return share > 1 ? counted !== 0 : share <= 15 / 16 && counted !== 1;
        });
        expect(misplaced).toEqual([]);
      }),
    );
  });
});
