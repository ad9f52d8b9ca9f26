import { describe, expect, it } from "vitest";

import { toAnthropicError, toOpenAiError } from "./refusal.ts";

describe("toAnthropicError", () => {
  it.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [422, "invalid_request_error"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [503, "overloaded_error"],
    [529, "overloaded_error"],
  ])("calls status %i %s", (status, type) => {
    expect(toAnthropicError({ status, reason: "internal", message: "m" })).toEqual({
      type: "error",
      error: { type, message: "m" },
    });
  });
});

describe("toOpenAiError", () => {
  it("names the parameter for an unknown model", () => {
    const refusal = { status: 404, reason: "unknown-model", message: "m", model: "fir" } as const;
    expect(toOpenAiError(refusal)).toEqual({
      error: {
        message: "m",
        type: "invalid_request_error",
        param: "model",
        code: "model_not_found",
      },
    });
  });

  it("blames the server for what is not the client's fault", () => {
    const refusal = { status: 503, reason: "unavailable", message: "m" } as const;
    expect(toOpenAiError(refusal)).toMatchObject({ error: { type: "server_error", code: null } });
  });
});
