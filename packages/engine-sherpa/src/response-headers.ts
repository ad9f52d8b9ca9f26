import { connectionNominated, type HeaderList, headerValue, isHopByHop } from "@olla-ts/core";

/**
 * Response fields without those that end at this connection (RFC 9110 §7.6.1).
 *
 * @param raw what undici gives for `responseHeaders: "raw"`: name, value, name, value, …
 */
export function endToEndHeaders(raw: unknown): HeaderList {
  const received = toList(raw);
  const nominated = connectionNominated(received);
  const kept: string[] = [];
  for (let index = 0; index + 1 < received.length; index += 2) {
    const name = received[index] ?? "";
    const lower = name.toLowerCase();
    if (isHopByHop(lower) || nominated?.has(lower) === true) continue;
    kept.push(name, received[index + 1] ?? "");
  }
  return kept;
}

/**
 * Whether nothing but the end of the connection ends the body (RFC 9112 §6.3).
 *
 * @param method of the request
 * @param raw as for `endToEndHeaders`
 */
export function isCloseDelimited(method: string, status: number, raw: unknown): boolean {
  if (method === "HEAD" || status === 204 || status === 304) return false;
  const received = toList(raw);
  return (
    headerValue(received, "content-length") === undefined &&
    headerValue(received, "transfer-encoding") === undefined
  );
}

/** Trailer fields as a list. undici has their names in lower case. */
export function trailerList(
  trailers: Readonly<Record<string, string | readonly string[]>>,
): HeaderList {
  return Object.entries(trailers).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  );
}

function toList(raw: unknown): HeaderList {
  return Array.isArray(raw) ? raw.map(String) : [];
}
