import { assert, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";

import { UnsendableRequest } from "./http-errors.ts";
import { type RequestHead, writeRequestHead } from "./request-head.ts";

function head(over: Partial<RequestHead> = {}): string {
  return writeRequestHead({
    method: "POST",
    path: "/v1/x?y=1",
    host: "gpu:8000",
    headers: ["A", "1"],
    length: 2,
    ...over,
  });
}

function headOrRefusal(path: string, name: string, value: string): string {
  try {
    return head({ path: `/${path}`, headers: [name, value] });
  } catch (error) {
    if (error instanceof UnsendableRequest) return "refused";
    throw error;
  }
}

describe("writeRequestHead", () => {
  it("writes the request line, the host, every field as it is, and the length", () => {
    expect(head({ headers: ["x-B", "a b", "X-b", ""] })).toBe(
      "POST /v1/x?y=1 HTTP/1.1\r\nHost: gpu:8000\r\nConnection: keep-alive\r\n" +
        "x-B: a b\r\nX-b: \r\nContent-Length: 2\r\n\r\n",
    );
  });

  it.each([
    ["POST", undefined, ["Content-Length: 0"]],
    ["PUT", undefined, ["Content-Length: 0"]],
    ["PATCH", undefined, ["Content-Length: 0"]],
    ["GET", 0, ["Content-Length: 0"]],
    ["GET", undefined, []],
    ["DELETE", undefined, []],
  ])("states for %s with a body of %s bytes %j", (method, length, stated) => {
    const lines = head({ method, length }).split("\r\n");
    expect(lines.filter((line) => line.startsWith("Content-Length"))).toEqual(stated);
  });

  it.each([
    { method: "" },
    { method: "GE T" },
    { method: "GET\r\nX: 1" },
    { path: "" },
    { path: "/a b" },
    { path: "/a\r\nX: 1" },
    { path: "/\u0100" },
    { headers: ["", "1"] },
    { headers: ["A b", "1"] },
    { headers: ["A:", "1"] },
    { headers: ["A", "1\r\nB: 2"] },
    { headers: ["A", "1\n"] },
    { headers: ["A", "\0"] },
    { headers: ["A", "\u0100"] },
  ])("refuses %o", (over) => {
    expect(() => head(over)).toThrow(UnsendableRequest);
  });

  it("never lets a value begin a line of its own", () => {
    assert(
      property(
        tuple(string(), string(), string({ unit: "binary", maxLength: 8 })),
        ([path, name, value]) => {
          const written = headOrRefusal(path, name, value);
          expect(written === "refused" || written.split("\r\n").length === 7).toBe(true);
          expect(written.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
        },
      ),
      { numRuns: 50 },
    );
  });
});
