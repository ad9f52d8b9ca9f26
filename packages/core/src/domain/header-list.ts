/**
 * HTTP header fields as a flat list: name, value, name, value, …
 *
 * The form in which `node:http` and undici hand over and take header fields
 * without building an object, so a request passes through without a copy per
 * field. Names keep the spelling of the sender; repeated fields stay repeated.
 */
export type HeaderList = readonly string[];

/** Fields that belong to one connection and never pass a proxy (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether the lower-cased name is a hop-by-hop field whatever `Connection` says. */
export function isHopByHop(lowerName: string): boolean {
  return HOP_BY_HOP.has(lowerName);
}

/**
 * First value of a field, or undefined.
 *
 * @param lowerName the name in lower case
 */
export function headerValue(headers: HeaderList, lowerName: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    if (name !== undefined && name.length === lowerName.length && name.toLowerCase() === lowerName)
      return headers[index + 1];
  }
  return undefined;
}

/**
 * Names that this message's own `Connection` field makes hop-by-hop, in lower
 * case; undefined when it names none, which is the usual case.
 */
export function connectionNominated(headers: HeaderList): ReadonlySet<string> | undefined {
  let nominated: Set<string> | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    if (name === undefined || name.length !== 10 || name.toLowerCase() !== "connection") continue;
    for (const token of (headers[index + 1] ?? "").split(",")) {
      const lower = token.trim().toLowerCase();
      if (lower === "" || lower === "close" || lower === "keep-alive") continue;
      nominated ??= new Set();
      nominated.add(lower);
    }
  }
  return nominated;
}

/** Whether the body is a stream of events or lines, which may go on for as long as it says something. */
export function isStream(headers: HeaderList): boolean {
  const type = headerValue(headers, "content-type") ?? "";
  return type.startsWith("text/event-stream") || type.includes("ndjson");
}
