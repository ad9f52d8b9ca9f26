import { describe, expect, it } from "vitest";

import { sessionIdOf } from "./session-id.ts";

describe("sessionIdOf", () => {
  it.each([
    { headers: { "x-session-id": "abc_1-Z", "x-request-id": "req" }, id: "abc_1-Z" },
    { headers: { "x-request-id": "req" }, id: "req" },
    { headers: { "x-session-id": "", "x-request-id": "req" }, id: "req" },
    { headers: {}, id: "default" },
    { headers: { "x-session-id": "../x", "x-request-id": "req" }, id: "default" },
    { headers: { "x-session-id": "a.b" }, id: "default" },
    { headers: { "x-session-id": "a\n" }, id: "default" },
    { headers: { "x-request-id": "a, b" }, id: "default" },
    { headers: { "x-session-id": "x".repeat(64) }, id: "x".repeat(64) },
    { headers: { "x-session-id": "x".repeat(65) }, id: "default" },
  ])("TR-60 takes $id from $headers", ({ headers, id }) => {
    expect(sessionIdOf(headers, "x-session-id")).toBe(id);
  });

  it("goes by the request's id where no header is configured", () => {
    expect(sessionIdOf({ "x-request-id": "req" }, "")).toBe("req");
  });
});
