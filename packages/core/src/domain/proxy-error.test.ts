import { describe, expect, it } from "vitest";

import { ERROR_CODES, failures } from "./failure.ts";
import { ProxyError, toProxyError } from "./proxy-error.ts";

describe("ProxyError", () => {
  it.each(ERROR_CODES)("takes status and meaning of %s from the failure table", (code) => {
    const error = new ProxyError(code, "What happened.");
    expect(error.status).toBe(failures[code].status);
    expect(error.failure).toBe(failures[code]);
  });

  it("is an Error with name, message, code and no further facts", () => {
    const error = new ProxyError("internal", "What happened.");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ProxyError",
      message: "What happened.",
      code: "internal",
    });
    expect(error.retryAfterSeconds).toBeUndefined();
    expect(error.endpoint).toBeUndefined();
    expect("cause" in error).toBe(false);
  });

  it("keeps the facts it is given", () => {
    const cause = new Error("ECONNREFUSED");
    const facts = { cause, retryAfterSeconds: 7, status: 429, endpoint: "gpu-a" };
    expect(new ProxyError("upstream_busy", "Busy.", facts)).toMatchObject(facts);
  });
});

describe("toProxyError", () => {
  it("returns a ProxyError as it is", () => {
    const error = new ProxyError("rate_limited", "Slow down.");
    expect(toProxyError(error)).toBe(error);
  });

  it.each([new TypeError("secret http://10.0.0.5"), "text", undefined, null])(
    "wraps %s without showing it",
    (thrown) => {
      const error = toProxyError(thrown);
      expect(error).toMatchObject({ code: "internal", status: 500 });
      expect(error.message).toBe("The gateway failed to handle this request.");
    },
  );

  it("keeps what was thrown as the cause", () => {
    const thrown = new TypeError("broken");
    expect(toProxyError(thrown).cause).toBe(thrown);
  });
});
