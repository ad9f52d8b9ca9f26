import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { ConnectionClosed, MalformedResponse, UnsendableRequest } from "./http-errors.ts";
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
    { error: new ConnectionClosed("x"), head: "upstream_closed", body: "upstream_truncated" },
    { error: makeError("ECONNRESET"), head: "upstream_reset", body: "upstream_truncated" },
    { error: makeError("EPIPE"), head: "upstream_reset", body: "upstream_truncated" },
    { error: new MalformedResponse("x"), head: "upstream_protocol", body: "upstream_protocol" },
    { error: new UnsendableRequest("x"), head: "invalid_request", body: "invalid_request" },
  ])("calls $error $head before the head and $body after it", ({ error, head, body }) => {
    expect(toUpstreamError(error, false, "a").code).toBe(head);
    expect(toUpstreamError(error, true, "a").code).toBe(body);
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
    const lost = [new ConnectionClosed("x"), makeError("ECONNRESET"), makeError("EPIPE")];
    expect(lost.map((error) => isLostConnection(error))).toEqual([true, true, true]);
  });

  it("is false for answers that make no sense, and for other errors", () => {
    const others = [new MalformedResponse("x"), new UnsendableRequest("x"), "ECONNRESET"];
    expect(others.map((error) => isLostConnection(error))).toEqual([false, false, false]);
  });
});
