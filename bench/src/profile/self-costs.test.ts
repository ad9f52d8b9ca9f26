import { describe, expect, it } from "vitest";

import { allocationCosts, areaOf, byArea, cpuCosts } from "./self-costs.ts";

const frame = (functionName: string, url: string, lineNumber = 0): object => ({
  functionName,
  url,
  lineNumber,
});

describe("areaOf", () => {
  it.each([
    ["file:///r/node_modules/.pnpm/undici@8/node_modules/undici/lib/x.js", "undici"],
    ["file:///r/node_modules/@hono/node-server/dist/x.js", "@hono/node-server"],
    ["file:///r/packages/engine-olla/dist/exchange.js", "@olla-ts/engine-olla"],
    ["file:///r/apps/server/dist/pipeline/relay.js", "server/pipeline"],
    ["file:///r/apps/server/dist/compose.js", "server"],
    ["node:_http_outgoing", "node:http"],
    ["node:internal/streams/writable", "node:internal/streams"],
    ["node:net", "node:net"],
  ])("of %s is %s", (url, area) => {
    expect(areaOf({ functionName: "f", url })).toBe(area);
  });

  it("tells the collector from native functions", () => {
    expect(areaOf({ functionName: "(garbage collector)", url: "" })).toBe("(garbage collector)");
    expect(areaOf({ functionName: "writev", url: "" })).toBe("native");
  });
});

describe("cpuCosts", () => {
  it("sums the time of each function over all its callers, without idle time", () => {
    const costs = cpuCosts({
      nodes: [
        { id: 1, callFrame: frame("(idle)", "") },
        { id: 2, callFrame: frame("a", "node:net", 4) },
        { id: 3, callFrame: frame("a", "node:net", 4) },
        { id: 5, callFrame: frame("post", "node:inspector") },
        { id: 4, callFrame: frame("", "node:net", 9) },
      ],
      samples: [1, 2, 3, 4, 5],
      timeDeltas: [1_000, 20, 30, 40, 500],
    });
    expect(costs).toEqual([
      { name: "a", area: "node:net", place: "node:net:5", cost: 50 },
      { name: "(anonymous)", area: "node:net", place: "node:net:10", cost: 40 },
    ]);
    expect(byArea(costs)).toEqual([{ area: "node:net", cost: 90 }]);
  });
});

describe("allocationCosts", () => {
  it("sums the bytes of a whole tree", () => {
    const leaf = { callFrame: frame("b", "node:net", 1), selfSize: 7, children: [] };
    const head = { callFrame: frame("(root)", ""), selfSize: 0, children: [leaf, leaf] };
    expect(allocationCosts({ head })).toEqual([
      { name: "b", area: "node:net", place: "node:net:2", cost: 14 },
    ]);
  });
});
