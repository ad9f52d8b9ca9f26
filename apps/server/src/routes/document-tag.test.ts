import { describe, expect, it } from "vitest";

import { documentTag, matchesTag } from "./document-tag.ts";

function at(time: string): object {
  return { timestamp: time, endpoints: [{ name: "a", last_check: time, next_check_at: time }] };
}

function families(models: readonly string[]): object {
  return { models_by_family: { uptime: models } };
}

describe("documentTag", () => {
  it("is the same while only times differ, wherever they stand", () => {
    expect(documentTag(at("1"))).toBe(documentTag(at("2")));
    expect(documentTag(at("1"))).not.toBe(documentTag({ ...at("1"), more: 1 }));
  });

  it("sees what happens in a family of models that has the name of a time", () => {
    expect(documentTag(families(["a"]))).not.toBe(documentTag(families(["a", "b"])));
  });
});

describe("matchesTag", () => {
  it.each([
    [undefined, false],
    ["", false],
    ['"1"', true],
    ['W/"1"', true],
    ['"2" , W/"1"', true],
    [" * ", true],
    ['"2"', false],
    [`${'"2",'.repeat(400)}"1"`, false],
  ])("of %j is %s", (condition, matches) => {
    expect(matchesTag(condition, 'W/"1"')).toBe(matches);
  });
});
