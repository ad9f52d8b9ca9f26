import { describe, expect, it } from "vitest";

import { endToEndHeaders, isCloseDelimited, trailerList } from "./response-headers.ts";

describe("endToEndHeaders", () => {
  it("keeps order, spelling and repetition", () => {
    const raw = ["X-B", "2", "x-a", "1", "Set-Cookie", "a", "Set-Cookie", "b"];
    expect(endToEndHeaders(raw)).toEqual(raw);
  });

  it("drops hop-by-hop fields in any spelling", () => {
    const raw = ["KEEP-ALIVE", "timeout=5", "Transfer-Encoding", "chunked", "X-Kept", "1"];
    expect(endToEndHeaders(raw)).toEqual(["X-Kept", "1"]);
  });

  it("drops the fields that Connection names, wherever they stand", () => {
    const raw = ["X-Hop", "1", "connection", "close, x-hop", "X-Kept", "1", "x-HOP", "2"];
    expect(endToEndHeaders(raw)).toEqual(["X-Kept", "1"]);
  });

  it("gives an empty list for what is no list", () => {
    expect(endToEndHeaders(undefined)).toEqual([]);
  });
});

describe("isCloseDelimited", () => {
  it.each([
    { method: "GET", status: 200, raw: [], is: true },
    { method: "GET", status: 200, raw: ["X", "content-length"], is: true },
    { method: "GET", status: 200, raw: ["content-length", "3"], is: false },
    { method: "GET", status: 200, raw: ["Transfer-Encoding", "chunked"], is: false },
    { method: "HEAD", status: 200, raw: [], is: false },
    { method: "GET", status: 204, raw: [], is: false },
    { method: "GET", status: 304, raw: [], is: false },
  ])("is $is for $method, $status and $raw", ({ method, status, raw, is }) => {
    expect(isCloseDelimited(method, status, raw)).toBe(is);
  });
});

describe("trailerList", () => {
  it("spreads repeated trailers", () => {
    expect(trailerList({ "x-sum": "1", "x-part": ["a", "b"] })).toEqual([
      "x-sum",
      "1",
      "x-part",
      "a",
      "x-part",
      "b",
    ]);
  });
});
