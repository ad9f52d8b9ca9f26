import { describe, expect, it } from "vitest";

import { configChanges, formatChange } from "./changes.ts";

function lines(before: unknown, after: unknown): readonly string[] {
  return configChanges(before, after).map((change) => formatChange(change));
}

describe("configChanges", () => {
  it("is empty for equal configurations", () => {
    const config = { a: { b: [1, 2] }, c: [{ name: "x", url: "u" }] };
    expect(lines(config, structuredClone(config))).toEqual([]);
  });

  it("tells every key with another value, and both values", () => {
    expect(
      lines(
        { proxy: { load_balancer: "priority", engine: "olla" }, port: 1 },
        { proxy: { load_balancer: "round-robin", engine: "olla" }, port: 2 },
      ),
    ).toEqual(['proxy.load_balancer: "priority" → "round-robin"', "port: 1 → 2"]);
  });

  it("tells lists as a whole, but those of named things by name", () => {
    expect(lines({ list: [1, 2] }, { list: [2] })).toEqual(["list: [1,2] → [2]"]);
    const before = [
      { name: "a", priority: 1 },
      { name: "b", priority: 1 },
    ];
    const after = [
      { name: "c", priority: 1 },
      { name: "a", priority: 2 },
    ];
    expect(lines({ endpoints: before }, { endpoints: after })).toEqual([
      "endpoints.a.priority: 1 → 2",
      "endpoints.b: removed",
      "endpoints.c: added",
    ]);
  });

  it("takes a list in which a name repeats as a whole", () => {
    const twice = [
      { name: "a", port: 1 },
      { name: "a", port: 2 },
    ];
    expect(configChanges({ list: twice }, { list: [] }).map(({ key }) => key)).toEqual(["list"]);
  });

  it.each([
    ["auth", { token: "s3cret-1" }, { token: "s3cret-2" }],
    ["headers", { "X-Key": "s3cret-1" }, { "X-Key": "s3cret-2" }],
    ["url", "http://h/?key=s3cret-1", "http://h/?key=s3cret-2"],
    ["endpoint", "http://h/?key=s3cret-1", "http://h/?key=s3cret-2"],
    ["auth", undefined, { token: "s3cret-2" }],
    ["auth", { token: "s3cret-1" }, undefined],
  ])("never shows the value of %s", (key, before, after) => {
    const shown = lines(
      { endpoints: [{ name: "a", [key]: before }] },
      { endpoints: [{ name: "a", [key]: after }] },
    );
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(new RegExp(`^endpoints\\.a\\.${key}`));
    expect(shown[0]).not.toContain("s3cret");
  });
});
