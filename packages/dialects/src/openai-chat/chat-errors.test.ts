import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { openaiChatDialect } from "./openai-chat-dialect.ts";

describe("openaiChatDialect, errors", () => {
  it.each([
    {
      error: new ProxyError("invalid_request", "messages.0.role: must be a text"),
      body: {
        message: "messages.0.role: must be a text",
        type: "invalid_request_error",
        param: "messages.0.role",
        code: "invalid_request",
      },
    },
    {
      error: new ProxyError("invalid_request", "The body is not valid JSON."),
      body: {
        message: "The body is not valid JSON.",
        type: "invalid_request_error",
        param: null,
        code: "invalid_request",
      },
    },
    {
      error: new ProxyError("model_not_found", "No such model: pine."),
      body: {
        message: "No such model: pine.",
        type: "invalid_request_error",
        param: null,
        code: "model_not_found",
      },
    },
    {
      error: new ProxyError("rate_limited", "Slow down."),
      body: {
        message: "Slow down.",
        type: "rate_limit_error",
        param: null,
        code: "rate_limited",
      },
    },
    {
      error: new ProxyError("upstream_connect", "No backend could be reached."),
      body: {
        message: "No backend could be reached.",
        type: "server_error",
        param: null,
        code: "upstream_connect",
      },
    },
  ])("TR-73 writes $error.code with message, type, param and code", ({ error, body }) => {
    expect(openaiChatDialect.writeError(error, "swift-01")).toEqual({ error: body });
    expect(openaiChatDialect.writeStreamError(error, "swift-01")).toBe(
      `data: ${JSON.stringify({ error: body })}\n\n`,
    );
  });

  it.each([
    { status: 401, type: "authentication_error" },
    { status: 403, type: "permission_error" },
    { status: 422, type: "invalid_request_error" },
    { status: 529, type: "server_error" },
  ])("TR-73 writes status $status as $type", ({ status, type }) => {
    const error = new ProxyError("upstream_error", "m", { status });
    expect(openaiChatDialect.writeError(error, "swift-01")).toMatchObject({ error: { type } });
  });
});
