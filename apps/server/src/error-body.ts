import type { Dialect, ProxyError } from "@olla-ts/core";

/** Dialect in which a client of this path expects errors. */
export function dialectOfPath(path: string): Dialect {
  if (/\/(?:anthropic\/)?v1\/messages(?:\/|$)/.test(path)) return "anthropic";
  if (/^(?:\/olla\/[^/]+)?\/api\/(?!v0\/|v1\/)/.test(path)) return "ollama";
  return "openai";
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
};

function openAiType(status: number): string {
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** The error as a client of the dialect reads it. */
export function errorBody(dialect: Dialect, error: ProxyError, requestId: string): object {
  const { message, code, status } = error;
  if (dialect === "ollama") return { error: message };
  if (dialect === "anthropic") {
    const type = ANTHROPIC_TYPES[status] ?? "api_error";
    return { type: "error", error: { type, message }, request_id: requestId };
  }
  return { error: { message, type: openAiType(status), param: null, code } };
}

/** The event that ends a broken stream of the dialect, so that nobody takes it for complete. */
export function errorEvent(dialect: Dialect, error: ProxyError, requestId: string): string {
  const body = JSON.stringify(errorBody(dialect, error, requestId));
  if (dialect === "ollama") return `${body}\n`;
  return dialect === "anthropic" ? `event: error\ndata: ${body}\n\n` : `data: ${body}\n\n`;
}
