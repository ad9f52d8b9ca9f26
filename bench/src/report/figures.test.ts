import { describe, expect, it } from "vitest";

import type { Row } from "../run/results.ts";
import { figureOf, named, ratioOf, shown, targetsBy } from "./figures.ts";
import { goals } from "./goals.ts";

function row(workload: string, target: string, figures: Record<string, number>): Row {
  return { workload, target, round: 1, time: "2026-11-24T00:00:00Z", endpoints: 1, figures };
}

describe("figureOf", () => {
  it("is the middle of the measurements and half their range", () => {
    expect(figureOf([3, 1, 2])).toEqual({ median: 2, spread: 0.5, count: 3 });
    expect(figureOf([1, 3])).toEqual({ median: 2, spread: 0.5, count: 2 });
    expect(figureOf([])).toBeUndefined();
  });
});

describe("ratioOf", () => {
  it("compares measurements of the same round", () => {
    const ours = [row("W", "a", { x: 2 }), row("W", "a", { x: 40 })];
    const base = [row("W", "b", { x: 1 }), row("W", "b", { x: 20 })];
    expect(ratioOf(ours, base, named("x"))).toEqual({ median: 2, spread: 0, count: 2 });
  });
});

describe("targetsBy", () => {
  it("sorts by the figure and leaves out what has none", () => {
    const rows = [row("W", "b", { x: 2 }), row("W", "a", { x: 1 }), row("W", "c", {})];
    expect(targetsBy(rows, "W", named("x")).map(({ target }) => target)).toEqual(["a", "b"]);
  });
});

describe("shown", () => {
  it.each([
    [undefined, "–"],
    [0, "0"],
    [0.012_345, "0.0123"],
    [3.456, "3.46"],
    [123.4, "123"],
    [57_812.3, "57,812"],
  ])("shows %s as %s", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe("goals", () => {
  it("are measured on the gateway's own rows", () => {
    const rows = [row("W7", "olla-ts-olla", { firstAnswerMs: 500, cpuSeconds: 0.4 })];
    const met = goals.filter(({ figure }) => figure(rows) !== undefined);
    expect(met.map(({ workload }) => workload)).toEqual(["W7", "W7"]);
  });
});
