/**
 * Stable public codes of everything that can go wrong; they appear in responses,
 * logs and metrics. The order is that of their cells in shared memory.
 */
export const ERROR_CODES = [
  "client_aborted",
  "invalid_request",
  "unauthorized",
  "method_not_allowed",
  "not_implemented",
  "path_refused",
  "body_too_large",
  "headers_too_large",
  "rate_limited",
  "request_timeout",
  "no_endpoint",
  "provider_unavailable",
  "model_not_found",
  "model_unavailable",
  "breaker_open",
  "overloaded",
  "shutting_down",
  "internal",
  "upstream_connect",
  "upstream_dns",
  "upstream_tls",
  "upstream_reset",
  "upstream_closed",
  "upstream_protocol",
  "upstream_truncated",
  "upstream_busy",
  "upstream_error",
  "connect_timeout",
  "response_header_timeout",
  "first_token_timeout",
  "idle_timeout",
  "total_timeout",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What one kind of failure means to every part of the gateway. */
export interface Failure {
  /** Whose fault it is. */
  readonly origin: "client" | "gateway" | "upstream";
  /**
   * Whether the request may go to another endpoint while nothing was sent to
   * the client. `if-repeatable`: only when running the request twice does no
   * harm, which holds for inference but not for management calls.
   */
  readonly retry: "elsewhere" | "if-repeatable" | "never";
  /** True when the circuit breaker counts it against the endpoint. */
  readonly againstEndpoint: boolean;
  /** True when the endpoint leaves rotation at once and is probed for recovery. */
  readonly takesOut: boolean;
  /** HTTP status the client gets when no retry succeeds. */
  readonly status: number;
}

function client(status: number): Failure {
  return { origin: "client", retry: "never", againstEndpoint: false, takesOut: false, status };
}

function gateway(status: number): Failure {
  return { origin: "gateway", retry: "never", againstEndpoint: false, takesOut: false, status };
}

/** The one table that decides what an outcome means for retry, breaker, health and the client. */
export const failures: Readonly<Record<ErrorCode, Failure>> = {
  // 499 never reaches the client, who has left; it is the status of the log line.
  client_aborted: client(499),
  invalid_request: client(400),
  unauthorized: client(401),
  method_not_allowed: client(405),
  not_implemented: client(501),
  path_refused: client(403),
  body_too_large: client(413),
  headers_too_large: client(431),
  rate_limited: client(429),
  request_timeout: client(408),

  no_endpoint: gateway(503),
  provider_unavailable: gateway(404),
  model_not_found: gateway(404),
  model_unavailable: gateway(503),
  breaker_open: { ...gateway(503), retry: "elsewhere" },
  overloaded: { ...gateway(503), retry: "elsewhere" },
  shutting_down: gateway(503),
  internal: gateway(500),

  upstream_connect: upstream({ retry: "elsewhere", takesOut: true, status: 502 }),
  upstream_dns: upstream({ retry: "elsewhere", takesOut: true, status: 502 }),
  upstream_tls: upstream({ retry: "elsewhere", takesOut: true, status: 502 }),
  upstream_reset: upstream({ retry: "if-repeatable", takesOut: true, status: 502 }),
  upstream_closed: upstream({ retry: "if-repeatable", takesOut: true, status: 502 }),
  upstream_protocol: upstream({ retry: "if-repeatable", takesOut: false, status: 502 }),
  upstream_truncated: upstream({ retry: "never", takesOut: false, status: 502 }),
  // Answered by the backend itself, so the client gets the backend's own status.
  upstream_busy: {
    ...upstream({ retry: "elsewhere", takesOut: false, status: 503 }),
    againstEndpoint: false,
  },
  // What one request makes a backend answer must not keep the others from it.
  upstream_error: {
    ...upstream({ retry: "never", takesOut: false, status: 502 }),
    againstEndpoint: false,
  },
  connect_timeout: upstream({ retry: "elsewhere", takesOut: true, status: 504 }),
  response_header_timeout: upstream({ retry: "if-repeatable", takesOut: false, status: 504 }),
  first_token_timeout: upstream({ retry: "never", takesOut: false, status: 504 }),
  idle_timeout: upstream({ retry: "never", takesOut: false, status: 504 }),
  total_timeout: upstream({ retry: "never", takesOut: false, status: 504 }),
};

function upstream(rules: Pick<Failure, "retry" | "takesOut" | "status">): Failure {
  return { origin: "upstream", againstEndpoint: true, ...rules };
}

/**
 * What an answer's status means for retry and statistics; undefined when it
 * is not held against anyone (2xx, 3xx and the client's own 4xx).
 */
export function statusFailure(status: number): ErrorCode | undefined {
  if (status === 429 || status === 503) return "upstream_busy";
  if (status >= 500) return "upstream_error";
  return undefined;
}
