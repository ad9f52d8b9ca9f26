import type { Dialect, HeaderList, ProxyError } from "@olla-ts/core";

/** Dialect in which a client of this path expects errors. */
export function dialectOfPath(path: string): Dialect {
  if (/^\/olla\/anthropic\/|\/v1\/messages(?:[/?]|$)/.test(path)) return "anthropic";
  if (/^(?:\/olla\/[^/]+)?\/api\/(?!v0\/|v1\/)/.test(path)) return "ollama";
  return "openai";
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};

function anthropicType(status: number): string {
  return ANTHROPIC_TYPES[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

function openAiType(status: number): string {
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** The error as a client of the dialect reads it. */
export function errorBody(dialect: Dialect, error: ProxyError, requestId: string): object {
  const { message, code, status } = error;
  if (dialect === "ollama") return { error: message };
  if (dialect === "anthropic") {
    return {
      type: "error",
      error: { type: anthropicType(status), message },
      request_id: requestId,
    };
  }
  const param = code === "invalid_request" ? fieldIn(message) : null;
  return { error: { message, type: openAiType(status), param, code } };
}

/** The field that a message like `max_tokens: must be …` starts with. */
function fieldIn(message: string): string | null {
  return /^([\w.]+): /.exec(message)?.[1] ?? null;
}

/** The event that ends a broken stream of the dialect, so that nobody takes it for complete. */
export function errorEvent(dialect: Dialect, error: ProxyError, requestId: string): string {
  const body = JSON.stringify(errorBody(dialect, error, requestId));
  if (dialect === "ollama") return `${body}\n`;
  return dialect === "anthropic" ? `event: error\ndata: ${body}\n\n` : `data: ${body}\n\n`;
}

/** The fields that the client libraries of the dialect read a request's id from. */
export function requestIdFields(dialect: Dialect, requestId: string): HeaderList {
  const common = ["X-Request-ID", requestId];
  return dialect === "anthropic" ? ["request-id", requestId, ...common] : common;
}
