import { describe, expect, it } from "vitest";

import { lastValues } from "./last-values.ts";

describe("lastValues", () => {
  it("finds objects, lists and scalars wherever they stand", () => {
    const text = `","x":1}}\n{"usage" : {"n": 2, "t": "}"}, "list":[1,[2]], "f":-1.5e3, "t":"a\\"b","ok":true}`;
    expect(lastValues(text, ["usage", "list", "f", "t", "ok", "none"])).toEqual({
      usage: { n: 2, t: "}" },
      list: [1, [2]],
      f: -1_500,
      t: 'a"b',
      ok: true,
    });
  });

  it("takes the last one, and no null", () => {
    const text = `data: {"usage":{"n":1}}\n\ndata: {"usage":{"n":2}}\n\ndata: {"usage":null}\n\n`;
    expect(lastValues(text, ["usage"])).toEqual({ usage: { n: 2 } });
  });

  it.each([
    String.raw`{"content":"\"n\": 3"}`,
    '{"a":"n"}',
    '{"n":{"cut":1',
    '{"n":[}',
    '{"n":"open',
    `{"n":5}${'{"n":null}'.repeat(20)}`,
  ])("finds nothing in %s", (text) => {
    expect(lastValues(text, ["n"])).toEqual({});
  });
});
