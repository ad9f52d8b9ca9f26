import { describe, expect, it } from "vitest";

import { matchesTag } from "./entity-tag.ts";

describe("matchesTag", () => {
  it.each([
    { field: '"a"', matches: true },
    { field: 'W/"a"', matches: true },
    { field: '"b", "a"', matches: true },
    { field: "*", matches: true },
    { field: '"b"', matches: false },
    { field: "a", matches: false },
  ])("finds its tag in $field: $matches", ({ field, matches }) => {
    expect(matchesTag(field, '"a"')).toBe(matches);
  });
});
