import { describe, expect, it } from "vitest";

import { DROPPED_FIELDS, droppedFieldIndex } from "./dropped-fields.ts";

describe("droppedFieldIndex", () => {
  it.each([
    ["top_k", "top_k"],
    ["options.num_ctx", "num_ctx"],
    ["messages[2].images", "messages"],
    ["tools[0]", "tools"],
    ["text.format.description", "text"],
  ])("counts %s as %s", (path, name) => {
    expect(DROPPED_FIELDS[droppedFieldIndex(path)]).toBe(name);
  });

  it.each(["", "web_search_20250305", "constructor", "options.", "[0]", ".top_k"])(
    'counts what has no counter of its own, "%s", as other',
    (path) => {
      expect(DROPPED_FIELDS[droppedFieldIndex(path)]).toBe("other");
    },
  );

  it("has every name once", () => {
    expect(new Set(DROPPED_FIELDS).size).toBe(DROPPED_FIELDS.length);
  });
});
