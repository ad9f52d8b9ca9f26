import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

describe("errors of the Responses dialect", () => {
  it("TR-73 writes message, type, param and code", () => {
    const error = new ProxyError("rate_limited", "Too many requests.");
    expect(openaiResponsesDialect.writeError(error, "req")).toEqual({
      error: {
        message: "Too many requests.",
        type: "rate_limit_error",
        param: null,
        code: "rate_limited",
      },
    });
  });

  it("writes one as the last event of a stream, flat and nested", () => {
    const error = new ProxyError("idle_timeout", "The backend went silent.");
    const text = openaiResponsesDialect.writeStreamError(error, "req");
    expect(text).toMatch(/^event: error\ndata: .*\n\n$/);
    expect(JSON.parse(text.split("data: ")[1] ?? "")).toEqual({
      type: "error",
      code: "idle_timeout",
      message: "The backend went silent.",
      param: null,
      error: {
        message: "The backend went silent.",
        type: "server_error",
        param: null,
        code: "idle_timeout",
      },
    });
  });
});
