import { expect, it } from "vitest";

import { withoutUndefined } from "./without-undefined.ts";

it("withoutUndefined keeps null, false, 0 and empty texts, in order", () => {
  const kept = withoutUndefined({ b: null, a: undefined, d: false, c: 0, e: "" });
  expect(Object.entries(kept)).toEqual([
    ["b", null],
    ["d", false],
    ["c", 0],
    ["e", ""],
  ]);
});
