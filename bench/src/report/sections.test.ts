import { describe, expect, it } from "vitest";

import { table, withSections } from "./sections.ts";

describe("withSections", () => {
  const document = "a\n<!-- bench:begin W1 -->\nold\n<!-- bench:end W1 -->\nb\n";

  it("replaces a section and nothing else, as often as it is asked", () => {
    const once = withSections(document, { W1: "new" });
    expect(once).toBe("a\n<!-- bench:begin W1 -->\nnew\n<!-- bench:end W1 -->\nb\n");
    expect(withSections(once, { W1: "new" })).toBe(once);
  });

  it("refuses a section that has no place", () => {
    expect(() => withSections(document, { W2: "new" })).toThrow("W2");
  });
});

describe("table", () => {
  it("is Markdown", () => {
    expect(table(["a", "b"], [["x", "1"]])).toBe("| a | b |\n| --- | --: |\n| x | 1 |");
  });
});
