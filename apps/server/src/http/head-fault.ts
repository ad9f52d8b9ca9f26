import type { IncomingMessage } from "node:http";

import { ProxyError } from "@olla-ts/core";

/**
 * What is wrong with a request head that the parser let pass: a version other
 * than 1.x, a target that is no path, not exactly one well-formed `Host` (RFC 9112 sections 2.3, 3.2).
 *
 * @param target path and query, as `targetOf` gives it
 */
export function headFault(request: IncomingMessage, target: string): ProxyError | undefined {
  const { method, headers, httpVersion, httpVersionMajor, rawHeaders } = request;
  if (httpVersionMajor !== 1) return fault("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  if (!target.startsWith("/") && !(target === "*" && method === "OPTIONS")) {
    return fault("The request target is neither a path nor an http address.");
  }
  // Some servers drop what follows: the gateway would judge another path than they serve.
  if (target.includes("#")) return fault("The request target must not hold a #.");
  const hosts = hostCount(rawHeaders);
  if (hosts > 1 || (hosts === 0 && httpVersion !== "1.0"))
    return fault("The request needs exactly one Host field.");
  if (isHost(headers.host ?? "")) return undefined;
  return fault("The Host field is neither a name nor an address with an optional port.");
}

/** `uri-host [ ":" port ]`, RFC 9110 section 7.2; empty where the target has no authority. */
function isHost(value: string): boolean {
  return /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i.test(value);
}

function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}

function fault(message: string): ProxyError {
  return new ProxyError("invalid_request", message);
}

/** Path and query of a request, byte for byte; of an absolute-form target what follows the authority. */
export function targetOf({ url = "/" }: IncomingMessage): string {
  if (url.startsWith("/")) return url;
  const authority = /^https?:\/\/[^/?#]*/i.exec(url)?.[0];
  if (authority === undefined) return url;
  const rest = url.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
