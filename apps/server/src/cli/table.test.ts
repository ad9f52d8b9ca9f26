import { describe, expect, it } from "vitest";

import { formatTable } from "./table.ts";

const rows = [
  [{ text: "rack-1" }, { text: "healthy", colour: 32 }, { text: "first" }],
  [{ text: "a" }, { text: "offline", colour: 31 }, { text: "second" }],
];

describe("formatTable", () => {
  it("aligns columns, and leaves nothing behind the last one", () => {
    expect(
      formatTable(["NAME", "STATUS", "WHY"], rows, { coloured: false, columns: undefined }),
    ).toBe("NAME    STATUS   WHY\nrack-1  healthy  first\na       offline  second\n");
  });

  it("colours the text alone", () => {
    const table = formatTable(["N", "S", "W"], rows, { coloured: true, columns: undefined });
    expect(table).toContain("rack-1  \u001B[32mhealthy\u001B[0m  first\n");
  });

  it.each([80, 24, 20, 10, 3, 1])("fits a terminal of %d columns", (columns) => {
    const table = formatTable(["NAME", "STATUS", "WHY"], rows, { coloured: false, columns });
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("marks what was cut", () => {
    const table = formatTable(["NAME", "STATUS", "WHY"], rows, { coloured: false, columns: 21 });
    expect(table.split("\n")[2]).toBe("a       offline  sec…");
  });
});
