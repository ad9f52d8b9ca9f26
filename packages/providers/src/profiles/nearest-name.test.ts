import { describe, expect, it } from "vitest";

import { nearestName } from "./nearest-name.ts";

describe("nearestName", () => {
  it.each([
    ["helth", "health"],
    ["PATHS", "paths"],
    ["path", "paths"],
    ["zebra", undefined],
    ["", undefined],
  ])("finds what %s means: %s", (name, meant) => {
    expect(nearestName(name, ["health", "paths", "models"])).toBe(meant);
  });

  it("prefers the nearest, not the first", () => {
    expect(nearestName("modelz", ["modes", "models"])).toBe("models");
  });
});
