import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import {
  attemptError,
  failureBeforeHead,
  failureInBody,
  failureToConnect,
  isConnectionLoss,
  UPSTREAM_RESET,
} from "./classify-error.ts";

describe("failureToConnect", () => {
  it.each([
    { code: "ECONNREFUSED", failure: "upstream_connect" },
    { code: "EHOSTUNREACH", failure: "upstream_connect" },
    { code: "ENOTFOUND", failure: "upstream_dns" },
    { code: "EAI_AGAIN", failure: "upstream_dns" },
    { code: "ETIMEDOUT", failure: "connect_timeout" },
    { code: "UND_ERR_CONNECT_TIMEOUT", failure: "connect_timeout" },
  ])("takes $code for $failure", ({ code, failure }) => {
    expect(failureToConnect(makeError({ code }))).toBe(failure);
  });
});

describe("failureBeforeHead", () => {
  it.each([
    { code: UPSTREAM_RESET, failure: "upstream_reset" },
    { code: "EPIPE", failure: "upstream_reset" },
    { code: "UND_ERR_SOCKET", message: "other side closed", failure: "upstream_closed" },
    { code: "UND_ERR_SOCKET", message: "bad upgrade", failure: "upstream_protocol" },
    { code: "UND_ERR_HEADERS_OVERFLOW", failure: "upstream_protocol" },
    { code: "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", failure: "upstream_protocol" },
    { code: "UND_ERR_HEADERS_TIMEOUT", failure: "response_header_timeout" },
    { code: "UND_ERR_INVALID_ARG", failure: "internal" },
    { code: "SOMETHING_NEW", failure: "upstream_connect" },
  ])("takes $code $message for $failure", ({ code, message, failure }) => {
    expect(failureBeforeHead(makeError({ code, message }))).toBe(failure);
  });

  it("takes what is no error at all for an endpoint that cannot be reached", () => {
    expect(failureBeforeHead("nonsense")).toBe("upstream_connect");
  });

  it("takes the parser's verdict for a malformed answer", () => {
    expect(failureBeforeHead(makeError({ name: "HTTPParserError" }))).toBe("upstream_protocol");
  });
});

describe("failureInBody", () => {
  it("tells a malformed body from one that was cut", () => {
    const malformed = makeError({ name: "HTTPParserError", message: "Invalid chunk size" });
    const cut = makeError({ name: "HTTPParserError", message: "Invalid EOF state" });
    expect(failureInBody(malformed)).toBe("upstream_protocol");
    expect(failureInBody(cut)).toBe("upstream_truncated");
    expect(failureInBody(makeError({ code: UPSTREAM_RESET }))).toBe("upstream_truncated");
  });
});

describe("isConnectionLoss", () => {
  it("holds for ends of the connection, not for what was said on it", () => {
    expect(isConnectionLoss(makeError({ code: UPSTREAM_RESET }))).toBe(true);
    expect(isConnectionLoss(makeError({ code: "EPIPE" }))).toBe(true);
    const closed = makeError({ code: "UND_ERR_SOCKET", message: "other side closed" });
    expect(isConnectionLoss(closed)).toBe(true);
    const upgrade = makeError({ code: "UND_ERR_SOCKET", message: "bad upgrade" });
    expect(isConnectionLoss(upgrade)).toBe(false);
    expect(isConnectionLoss(makeError({ name: "HTTPParserError" }))).toBe(false);
    expect(isConnectionLoss(undefined)).toBe(false);
  });
});

describe("attemptError", () => {
  it("keeps the cause and the endpoint, and tells neither to the client", () => {
    const cause = new Error("connect ECONNREFUSED 10.0.0.7:11434");
    const error = attemptError("upstream_connect", makeEndpoint({ name: "secret-name" }), cause);
    expect(error.cause).toBe(cause);
    expect(error.endpoint).toBe("secret-name");
    expect(error.message).not.toMatch(/10\.0\.0\.7|11434|secret-name/);
  });
});

function makeError(over: { name?: string; code?: string; message?: string | undefined }): Error {
  const { name = "Error", code, message = "" } = over;
  return Object.assign(new Error(message), { name }, code === undefined ? {} : { code });
}
