import { connectionNominated, isHopByHop, type HeaderList } from "@olla-ts/core";

/** Credentials of the client; an endpoint gets its own from the configuration. */
const CLIENT_SECRETS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "x-api-key",
  "x-auth-token",
]);

/** Written anew for every hop, or by the engine. */
const REWRITTEN: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "expect",
  "via",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-real-ip",
  "x-proxied-by",
  "x-request-id",
]);

/** Facts about the hop between client and gateway. */
export interface Hop {
  /** Address of whoever connected to the gateway. */
  readonly peer: string;
  /** Whether `peer` is a proxy whose forwarding fields are believed. */
  readonly peerIsTrusted: boolean;
  /** The client's address behind trusted proxies. */
  readonly clientAddress: string;
  readonly requestId: string;
  /** Model named by the request, in its own spelling. */
  readonly model: string | undefined;
  readonly version: string;
}

/**
 * Header fields for the endpoint: the client's, less what belongs to the client's
 * connection or is secret, plus what a proxy has to add, plus the endpoint's own.
 */
export function upstreamHeaders(sent: HeaderList, own: HeaderList, hop: Hop): string[] {
  const nominated = connectionNominated(sent);
  const replaced = namesOf(own);
  const fields: string[] = [];
  let via = "";
  let forwardedFor = "";
  let proto = "http";
  let host = "";
  for (let index = 0; index + 1 < sent.length; index += 2) {
    const name = sent[index] ?? "";
    const value = sent[index + 1] ?? "";
    const lower = name.toLowerCase();
    if (lower === "via") via = via === "" ? `${value}, ` : `${via}${value}, `;
    else if (lower === "host") host ||= value;
    else if (hop.peerIsTrusted && lower === "x-forwarded-for") forwardedFor += `${value}, `;
    else if (hop.peerIsTrusted && lower === "x-forwarded-proto") proto = value;
    else if (hop.peerIsTrusted && lower === "x-forwarded-host") host = value;
    if (isHopByHop(lower) || REWRITTEN.has(lower) || CLIENT_SECRETS.has(lower)) continue;
    if (lower === "x-model" && hop.model !== undefined) continue;
    if (nominated?.has(lower) === true || replaced?.has(lower) === true) continue;
    fields.push(name, value);
  }
  addProxyFields(fields, { via, forwardedFor, proto, host }, replaced, hop);
  for (const item of own) fields.push(item);
  return fields;
}

/** Fields of a client's own dialect, and those about the bytes of its body and answer. */
const DIALECT_BOUND =
  /^(?:anthropic-|x-stainless-|accept-encoding$|content-encoding$|content-type$|accept$)/i;

/** The same for a request that was written anew in another dialect. */
export function translatedHeaders(sent: HeaderList, own: HeaderList, hop: Hop): string[] {
  const fields = ["Content-Type", "application/json", "Accept-Encoding", "identity"];
  const kept = upstreamHeaders(sent, own, hop);
  const configured = namesOf(own);
  for (let index = 0; index + 1 < kept.length; index += 2) {
    const name = kept[index] ?? "";
    if (DIALECT_BOUND.test(name) && configured?.has(name.toLowerCase()) !== true) continue;
    fields.push(name, kept[index + 1] ?? "");
  }
  return fields;
}

function addProxyFields(
  fields: string[],
  {
    via,
    forwardedFor,
    proto,
    host,
  }: Readonly<Record<"via" | "forwardedFor" | "proto" | "host", string>>,
  replaced: ReadonlySet<string> | undefined,
  hop: Hop,
): void {
  const added = [
    "Via",
    `${via}1.1 olla/${hop.version}`,
    "X-Proxied-By",
    `Olla/${hop.version}`,
    "X-Forwarded-For",
    forwardedFor + hop.peer,
    "X-Real-IP",
    hop.clientAddress,
    "X-Forwarded-Proto",
    proto,
    "X-Forwarded-Host",
    host,
    "X-Request-ID",
    hop.requestId,
  ];
  if (hop.model !== undefined) added.push("X-Model", headerSafe(hop.model));
  for (let index = 0; index < added.length; index += 2) {
    const name = added[index] ?? "";
    if (replaced?.has(name.toLowerCase()) === true) continue;
    fields.push(name, added[index + 1] ?? "");
  }
}

/** Header values are Latin-1 without controls; anything else is percent-encoded. */
export function headerSafe(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not pass
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

const ownNames = new WeakMap<HeaderList, ReadonlySet<string>>();

/** Lower-cased names of an endpoint's own fields; undefined when it has none. */
function namesOf(own: HeaderList): ReadonlySet<string> | undefined {
  if (own.length === 0) return undefined;
  let names = ownNames.get(own);
  if (names === undefined) {
    names = new Set(own.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
    ownNames.set(own, names);
  }
  return names;
}
