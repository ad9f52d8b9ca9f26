import { describe, expect, it } from "vitest";

import { barChart } from "./bar-chart.ts";

function widths(svg: string): readonly number[] {
  return [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

const bar = (name: string, value: number): Parameters<typeof barChart>[1][number] => ({
  name,
  value,
  label: `${value}`,
  isOwn: false,
});

describe("barChart", () => {
  it("draws bars as long as their values", () => {
    const [a = 0, b = 0] = widths(barChart("t", [bar("a", 10), bar("b", 20)]));
    expect(b / a).toBeCloseTo(2, 1);
  });

  it("cuts a bar that would leave the others without a length", () => {
    const svg = barChart("t", [bar("a", 1), bar("b", 2), bar("c", 10_000)]);
    const [a = 0, , c = 0] = widths(svg);
    expect(c / a).toBeLessThan(30);
    expect(svg).toContain("10000 …");
  });

  it("escapes what it is given", () => {
    expect(barChart("<a>&", [])).toContain("&lt;a>&amp;");
  });
});
