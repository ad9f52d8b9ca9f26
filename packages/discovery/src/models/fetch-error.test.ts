import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { toFetchError } from "./fetch-error.ts";

function withCause(code: unknown): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("cause"), { code }) });
}

describe("toFetchError", () => {
  it.each([
    ["ENOTFOUND", "upstream_dns"],
    ["EAI_AGAIN", "upstream_dns"],
    ["ECONNREFUSED", "upstream_connect"],
    ["ECONNRESET", "upstream_reset"],
    ["UND_ERR_SOCKET", "upstream_closed"],
    ["UND_ERR_CONNECT_TIMEOUT", "connect_timeout"],
    ["CERT_HAS_EXPIRED", "upstream_tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "upstream_tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "upstream_tls"],
    ["toString", "upstream_connect"],
    [7, "upstream_connect"],
  ])("reads the cause %s as %s", (code, expected) => {
    const thrown = withCause(code);
    expect(toFetchError(thrown)).toMatchObject({ code: expected, cause: thrown });
  });

  it("reads a code on the error itself", () => {
    const thrown = Object.assign(new Error("x"), { code: "EPIPE" });
    expect(toFetchError(thrown).code).toBe("upstream_reset");
  });

  it("takes anything else for a failed connection", () => {
    expect(toFetchError("text").code).toBe("upstream_connect");
  });

  it("leaves the gateway's own errors alone", () => {
    const error = new ProxyError("upstream_protocol", "x");
    expect(toFetchError(error)).toBe(error);
  });
});
