import { expect, it } from "vitest";

import { capLabels } from "./cap-labels.ts";

it("lets the first values pass, also again, and calls every later one other", () => {
  const cap = capLabels(2);
  expect(["a", "b", "c", "a", "d", "b"].map((value) => cap(value))).toEqual([
    "a",
    "b",
    "other",
    "a",
    "other",
    "b",
  ]);
});

it("calls everything other when nothing may pass", () => {
  expect(capLabels(0)("a")).toBe("other");
});
