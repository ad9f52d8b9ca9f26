import { type Endpoint, ProxyError } from "@olla-ts/core";

/** The failures an engine can meet. */
export type EngineFailure =
  | "client_aborted"
  | "shutting_down"
  | "internal"
  | "upstream_connect"
  | "upstream_dns"
  | "upstream_tls"
  | "upstream_reset"
  | "upstream_closed"
  | "upstream_protocol"
  | "upstream_truncated"
  | "connect_timeout"
  | "response_header_timeout"
  | "first_token_timeout"
  | "idle_timeout"
  | "total_timeout";

/** What the client is told of each. No address, no foreign text. */
const MESSAGES: Readonly<Record<EngineFailure, string>> = {
  client_aborted: "The client left before the response was complete.",
  shutting_down: "The gateway is shutting down.",
  internal: "The gateway could not build the request to the backend.",
  upstream_connect: "The backend could not be reached.",
  upstream_dns: "The name of the backend could not be resolved.",
  upstream_tls: "No secure connection to the backend could be made.",
  upstream_reset: "The backend reset the connection before it answered.",
  upstream_closed: "The backend closed the connection before it answered.",
  upstream_protocol: "The backend's answer is not valid HTTP.",
  upstream_truncated: "The backend's answer broke off.",
  connect_timeout: "The connection to the backend took too long (connect timeout).",
  response_header_timeout: "The backend did not answer in time (response-header timeout).",
  first_token_timeout: "The backend sent no first byte in time (first-token timeout).",
  idle_timeout: "The backend stopped sending (idle timeout).",
  total_timeout: "The whole answer took too long (total timeout).",
};

/** A failure of one attempt. */
export function attemptError(code: EngineFailure, endpoint: Endpoint, cause?: unknown): ProxyError {
  return new ProxyError(code, MESSAGES[code], { cause, endpoint: endpoint.name });
}

/** Code of whatever undici or the system rejected a request with before its response head. */
export function failureBeforeHead(thrown: unknown): EngineFailure {
  const code = errorCode(thrown);
  if (isParserError(thrown)) return "upstream_protocol";
  switch (code) {
    case "UND_ERR_HEADERS_TIMEOUT":
      return "response_header_timeout";
    case UPSTREAM_RESET:
    case "EPIPE":
      return "upstream_reset";
    case "UND_ERR_SOCKET":
      // `bad response` and `bad upgrade`, as against `other side closed`.
      return isClose(thrown) ? "upstream_closed" : "upstream_protocol";
    case "UND_ERR_HEADERS_OVERFLOW":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
      return "upstream_protocol";
    case "UND_ERR_INVALID_ARG":
      return "internal";
    default:
      return "upstream_connect";
  }
}

/** Code of whatever broke a body. */
export function failureInBody(thrown: unknown): EngineFailure {
  const cut = thrown instanceof Error && thrown.message.includes("EOF");
  return isParserError(thrown) && !cut ? "upstream_protocol" : "upstream_truncated";
}

/** Code of whatever kept a connection from being made. */
export function failureToConnect(error: Error): EngineFailure {
  switch (errorCode(error)) {
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return "connect_timeout";
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_FAIL":
      return "upstream_dns";
    default:
      return "upstream_connect";
  }
}

/** In place of `ECONNRESET` on open connections; see `Connector`. */
export const UPSTREAM_RESET = "UPSTREAM_RESET";

/** Whether the connection ended, in whatever way, rather than said something wrong. */
export function isConnectionLoss(thrown: unknown): boolean {
  const code = errorCode(thrown);
  return (
    code === UPSTREAM_RESET || code === "EPIPE" || (code === "UND_ERR_SOCKET" && isClose(thrown))
  );
}

/** The `code` of an error, as Node and undici set it; empty when there is none. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : "";
}

function isClose(thrown: unknown): boolean {
  return thrown instanceof Error && /closed/.test(thrown.message);
}

/** undici gives a parser's verdict no usable code. */
function isParserError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "HTTPParserError";
}
