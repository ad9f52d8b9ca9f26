import { ProxyError, type ErrorCode } from "@olla-ts/core";

import { ConnectionClosed, MalformedResponse, UnsendableRequest } from "./http-errors.ts";

/** A connection that was reset by the other side, in Node's words. */
const LOST: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);
/** Name look-ups that failed, as `getaddrinfo` reports them. */
const NOT_FOUND = /^(?:ENOTFOUND|ENODATA|EAI_)/;

/** How far a connection had come. */
export type ConnectPhase = "tcp" | "tls";

const MESSAGES = {
  upstream_connect: "The backend refused the connection or could not be reached.",
  upstream_dns: "The backend's host name could not be resolved.",
  upstream_tls: "The secure connection to the backend could not be established.",
  upstream_reset: "The backend reset the connection before it answered.",
  upstream_closed: "The backend closed the connection before it answered.",
  upstream_protocol: "The backend's answer is not valid HTTP.",
  upstream_truncated: "The backend's answer broke off.",
  connect_timeout: "The connection to the backend was not made in time (connect timeout).",
  invalid_request: "The request holds a path, a method or a header field that HTTP does not allow.",
} as const satisfies Partial<Record<ErrorCode, string>>;

/** Whether the other side dropped the connection, as opposed to answering nonsense. */
export function isLostConnection(error: unknown): boolean {
  return error instanceof ConnectionClosed || LOST.has(codeOf(error));
}

/** Whether the request itself could not be written, whatever the connection. */
export function isRefusedRequest(error: unknown): boolean {
  return error instanceof UnsendableRequest;
}

/** What an error while connecting is. */
export function toConnectError(error: unknown, phase: ConnectPhase, endpoint: string): ProxyError {
  return failure(phase === "tls" ? "upstream_tls" : connectCode(codeOf(error)), error, endpoint);
}

/** What an error on an established connection is, before the response head or after it. */
export function toUpstreamError(error: unknown, hadHead: boolean, endpoint: string): ProxyError {
  if (error instanceof ProxyError) return error;
  if (isRefusedRequest(error)) return failure("invalid_request", error, endpoint);
  return failure(hadHead ? bodyCode(error) : headCode(error), error, endpoint);
}

function connectCode(code: string): keyof typeof MESSAGES {
  if (NOT_FOUND.test(code)) return "upstream_dns";
  return code === "ETIMEDOUT" ? "connect_timeout" : "upstream_connect";
}

function headCode(error: unknown): keyof typeof MESSAGES {
  if (error instanceof MalformedResponse) return "upstream_protocol";
  return error instanceof ConnectionClosed ? "upstream_closed" : "upstream_reset";
}

function bodyCode(error: unknown): keyof typeof MESSAGES {
  return error instanceof MalformedResponse ? "upstream_protocol" : "upstream_truncated";
}

function failure(code: keyof typeof MESSAGES, cause: unknown, endpoint: string): ProxyError {
  return new ProxyError(code, MESSAGES[code], { cause, endpoint });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
