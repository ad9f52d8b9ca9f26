import { describe, expect, it } from "vitest";

import { networkFailure } from "./network-failure.ts";

function fetchError(code: string): Error {
  const cause = Object.assign(new Error("connect 10.1.2.3:8080"), { code });
  return new TypeError("fetch failed", { cause });
}

describe("networkFailure", () => {
  it.each([
    ["ECONNREFUSED", "connection refused"],
    ["ECONNRESET", "connection reset"],
    ["UND_ERR_SOCKET", "connection closed without an answer"],
    ["ENOTFOUND", "host name not found"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLS failure (DEPTH_ZERO_SELF_SIGNED_CERT)"],
    ["HPE_INVALID_CONSTANT", "the answer is not valid HTTP"],
    ["EMFILE", "network failure (EMFILE)"],
  ])("puts %s in words", (code, text) => {
    expect(networkFailure(fetchError(code))).toEqual({ kind: "network", text });
  });

  it.each(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT"])(
    "takes %s for a timeout",
    (code) => {
      expect(networkFailure(fetchError(code)).kind).toBe("timeout");
    },
  );

  it("finds the code of the first of several connection attempts", () => {
    const inner = Object.assign(new Error("connect ::1:8080"), { code: "ECONNREFUSED" });
    const cause = new AggregateError([inner]);
    expect(networkFailure(new TypeError("fetch failed", { cause })).text).toBe(
      "connection refused",
    );
  });

  it.each([
    new Error("connect 10.1.2.3:8080"),
    fetchError("10.1.2.3:8080"),
    "10.1.2.3:8080",
    undefined,
  ])("shows no address of what it does not know", (thrown) => {
    expect(networkFailure(thrown)).toEqual({ kind: "network", text: "network failure" });
  });

  it("ends on an error that is its own cause", () => {
    const error = new Error("loop");
    error.cause = error;
    expect(networkFailure(error).kind).toBe("network");
  });
});
