import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { isLostConnection, toConnectError, toUpstreamError } from "./upstream-failure.ts";

function makeError(code: string, name = "Error", message = "read 10.1.2.3:8000"): Error {
  return Object.assign(new Error(message), { code, name });
}

describe("toConnectError", () => {
  it.each([
    { code: "ECONNREFUSED", is: "upstream_connect" },
    { code: "EHOSTUNREACH", is: "upstream_connect" },
    { code: "ECONNRESET", is: "upstream_connect" },
    { code: "ENOTFOUND", is: "upstream_dns" },
    { code: "EAI_AGAIN", is: "upstream_dns" },
    { code: "ETIMEDOUT", is: "connect_timeout" },
  ])("calls $code of a connection $is", ({ code, is }) => {
    expect(toConnectError(makeError(code), "tcp", "a").code).toBe(is);
  });

  it("calls whatever goes wrong in the handshake upstream_tls", () => {
    expect(toConnectError(makeError("ECONNRESET"), "tls", "a").code).toBe("upstream_tls");
    expect(toConnectError(undefined, "tls", "a").code).toBe("upstream_tls");
  });
});

describe("toUpstreamError", () => {
  it.each([
    { code: "UND_ERR_SOCKET", head: "upstream_closed", body: "upstream_truncated" },
    { code: "ECONNRESET", head: "upstream_reset", body: "upstream_truncated" },
    { code: "EPIPE", head: "upstream_reset", body: "upstream_truncated" },
    { code: "UND_ERR_HEADERS_OVERFLOW", head: "upstream_protocol", body: "upstream_truncated" },
    {
      code: "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
      head: "upstream_protocol",
      body: "upstream_truncated",
    },
    { code: "UND_ERR_INVALID_ARG", head: "invalid_request", body: "invalid_request" },
  ])("calls $code $head before the head and $body after it", ({ code, head, body }) => {
    expect(toUpstreamError(makeError(code), false, "a").code).toBe(head);
    expect(toUpstreamError(makeError(code), true, "a").code).toBe(body);
  });

  it("tells a malformed body from one that stops", () => {
    const malformed = makeError("", "HTTPParserError", "… (Invalid chunk size)");
    const stopped = makeError("", "HTTPParserError", "… (Invalid EOF state)");
    expect(toUpstreamError(malformed, true, "a").code).toBe("upstream_protocol");
    expect(toUpstreamError(stopped, true, "a").code).toBe("upstream_truncated");
  });

  it("keeps an error that has its verdict already", () => {
    const error = new ProxyError("idle_timeout", "late");
    expect(toUpstreamError(error, true, "a")).toBe(error);
  });

  it("R34 shows no address, and keeps the cause and the endpoint for the log", () => {
    const cause = makeError("ECONNRESET");
    const error = toUpstreamError(cause, false, "gpu-1");
    expect(error.message).not.toContain("10.1.2.3");
    expect(error).toMatchObject({ cause, endpoint: "gpu-1" });
  });
});

describe("isLostConnection", () => {
  it("is true for connections that closed or were reset", () => {
    expect(
      ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].map((code) => isLostConnection(makeError(code))),
    ).toEqual([true, true, true]);
  });

  it("is false for answers that make no sense, and for other errors", () => {
    expect(isLostConnection(makeError("UND_ERR_SOCKET", "SocketError", "bad response"))).toBe(
      false,
    );
    expect(isLostConnection(makeError("UND_ERR_INVALID_ARG"))).toBe(false);
    expect(isLostConnection("ECONNRESET")).toBe(false);
  });
});
