/** What a failed `fetch` says about the network, in words and without addresses. */
export interface NetworkFailure {
  readonly kind: "network" | "timeout";
  readonly text: string;
}

const TEXTS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EPIPE", "connection reset"],
  ["UND_ERR_SOCKET", "connection closed without an answer"],
  ["ENOTFOUND", "host name not found"],
  ["EAI_AGAIN", "host name look-up failed"],
  ["EHOSTUNREACH", "host unreachable"],
  ["ENETUNREACH", "network unreachable"],
]);
const TIMEOUTS: ReadonlySet<string> = new Set([
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
]);
const TLS_CODE = /CERT|TLS|SSL|SELF_SIGNED|VERIFY/;
const PARSER_CODE = /^(HPE_|UND_ERR_RES|UND_ERR_HEADERS)/;

/** Names the failure by its error code; messages are not used, they hold addresses. */
export function networkFailure(thrown: unknown): NetworkFailure {
  const code = errorCode(thrown) ?? "";
  if (TIMEOUTS.has(code)) return { kind: "timeout", text: "connection timed out" };
  return { kind: "network", text: TEXTS.get(code) ?? generalText(code) };
}

function generalText(code: string): string {
  if (TLS_CODE.test(code)) return `TLS failure (${code})`;
  if (PARSER_CODE.test(code)) return "the answer is not valid HTTP";
  return /^[A-Z_]+$/.test(code) ? `network failure (${code})` : "network failure";
}

/** Code of the innermost error: `fetch` wraps the one of the socket as `cause`. */
function errorCode(thrown: unknown, depth = 0): string | undefined {
  if (!(thrown instanceof Error) || depth > 4) return undefined;
  const inner = errorCode(thrown.cause, depth + 1);
  if (inner !== undefined) return inner;
  if ("code" in thrown && typeof thrown.code === "string") return thrown.code;
  return thrown instanceof AggregateError ? errorCode(thrown.errors[0], depth + 1) : undefined;
}
