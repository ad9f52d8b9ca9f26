import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { documentedKeys } from "./key-list.ts";
import { referencePage } from "./reference-page.ts";
import { configSchema, INERT_KEYS } from "./schema.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/reference/configuration.md", import.meta.url));

describe("the reference page of the configuration", () => {
  it("is the committed one; vitest -u writes it anew", async () => {
    await expect(referencePage()).toMatchFileSnapshot(PAGE);
  });

  it("tells of every key what it does, in which unit, with default and example", () => {
    const keys = documentedKeys();
    expect(keys.length).toBeGreaterThan(100);
    const lacking = keys.filter(({ meta }) => {
      const needsUnit = ["integer", "duration", "bytes"].includes(meta.kind);
      return (
        !/^[A-Za-z].*[.]$/.test(meta.description) ||
        meta.example === undefined ||
        (needsUnit && meta.unit === undefined)
      );
    });
    expect(lacking).toEqual([]);
  });

  it("shows examples and defaults that are accepted, for every key together", () => {
    for (const take of ["example", "default"] as const) {
      let values: Record<string, unknown> = {};
      for (const { key, meta } of documentedKeys()) {
        if (meta[take] === undefined) continue;
        values = withKey(values, key.split("."), meta[take]);
      }
      expect(configSchema.safeParse(values).error?.issues).toBeUndefined();
    }
  });

  it("names keys without effect", () => {
    for (const key of INERT_KEYS.keys()) expect(referencePage()).toContain(`| \`${key}\` |`);
  });
});

function withKey(
  root: Readonly<Record<string, unknown>>,
  [head = "", ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const name = head.replace("[]", "");
  if (rest.length === 0) return { ...root, [name]: value };
  const inner = root[name];
  if (!head.endsWith("[]")) {
    return { ...root, [name]: withKey((inner ?? {}) as Record<string, unknown>, rest, value) };
  }
  const [first = {}] = (inner ?? []) as Record<string, unknown>[];
  return { ...root, [name]: [withKey(first, rest, value)] };
}
