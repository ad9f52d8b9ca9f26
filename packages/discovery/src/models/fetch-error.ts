import { type ErrorCode, ProxyError } from "@olla-ts/core";

/** System and client library codes → what they mean. Anything else is a failed connection. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: "upstream_dns",
  EAI_AGAIN: "upstream_dns",
  ECONNRESET: "upstream_reset",
  EPIPE: "upstream_reset",
  UND_ERR_SOCKET: "upstream_closed",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  UND_ERR_HEADERS_TIMEOUT: "response_header_timeout",
  UND_ERR_BODY_TIMEOUT: "idle_timeout",
  HPE_INVALID_CONSTANT: "upstream_protocol",
  DEPTH_ZERO_SELF_SIGNED_CERT: "upstream_tls",
  SELF_SIGNED_CERT_IN_CHAIN: "upstream_tls",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "upstream_tls",
  CERT_HAS_EXPIRED: "upstream_tls",
};

/** Wraps what `fetch` or a body threw. The message holds no address. */
export function toFetchError(thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  const code = codeOf(thrown) ?? codeOf(thrown instanceof Error ? thrown.cause : undefined);
  const known = code !== undefined && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  return new ProxyError(
    known ?? tlsCode(code) ?? "upstream_connect",
    "The model list could not be fetched.",
    { cause: thrown },
  );
}

function tlsCode(code: string | undefined): ErrorCode | undefined {
  return code?.startsWith("ERR_TLS_") === true || code?.startsWith("ERR_SSL_") === true
    ? "upstream_tls"
    : undefined;
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
