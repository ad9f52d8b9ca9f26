import type { IncomingHttpHeaders } from "node:http";

/** What is safe as a file's name: no dots, no separators. */
const SAFE = /^[A-Za-z0-9_-]{1,64}$/;
const FALLBACK = "default";

/**
 * Names the session of a request: the value of the session header, else of
 * `X-Request-ID`; `default` where that is absent or no safe file name.
 *
 * @param header name in lower case; empty when none is configured
 */
export function sessionIdOf(headers: IncomingHttpHeaders, header: string): string {
  const id = textOf(headers, header) ?? textOf(headers, "x-request-id") ?? FALLBACK;
  return SAFE.test(id) ? id : FALLBACK;
}

function textOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
