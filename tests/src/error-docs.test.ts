import { readFileSync } from "node:fs";

import { ERROR_CODES, failures } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, code = "", status]) => [
    code,
    Number(status),
  ]),
);

describe("docs/errors.md", () => {
  it.each(ERROR_CODES)("explains %s with its status", (code) => {
    expect(rows.get(code)).toBe(failures[code].status);
  });

  it("explains no code that does not exist", () => {
    expect([...rows.keys()].toSorted()).toEqual(ERROR_CODES.toSorted());
  });
});
