import { headerValue, type HeaderList } from "@olla-ts/core";

import { createCidrMatcher } from "./cidr.ts";
import { formatIp, parseIp } from "./ip-address.ts";

export interface ClientAddressOptions {
  /** Blocks of the proxies in front of the gateway; empty trusts nobody. */
  readonly trustedCidrs: readonly string[];
  /** False ignores what any proxy says. */
  readonly trustProxyHeaders: boolean;
}

/**
 * Finds the address of the client.
 *
 * @param peer address of the other end of the connection
 * @param rawHeaders fields of the request
 * @returns the address in its one canonical text; `peer` itself when that is no address
 */
export type ClientAddressReader = (peer: string, rawHeaders: HeaderList) => string;

/** Peers whose address is kept in its canonical text. */
const MAX_KNOWN_PEERS = 4_096;

/**
 * Reads the client's address where trusted proxies state it.
 *
 * `X-Forwarded-For` is read from its right end, which the nearest proxy wrote: the
 * first address that is not a trusted proxy is the client. What stands further
 * left is the client's own claim. An entry that is no address ends the search at
 * the last proxy known. Without `X-Forwarded-For`, `X-Real-IP` is taken.
 *
 * @throws TypeError when one of `trustedCidrs` is not a block of addresses
 */
export function createClientAddressReader({
  trustedCidrs,
  trustProxyHeaders,
}: ClientAddressOptions): ClientAddressReader {
  const isTrusted = createCidrMatcher(trustedCidrs);
  /** By the text of a peer: a connection carries many requests. */
  const known = new Map<string, string>();

  function canonicalPeer(peer: string): string {
    const found = known.get(peer);
    if (found !== undefined) return found;
    const address = canonicalAddress(peer) ?? peer;
    if (known.size >= MAX_KNOWN_PEERS) known.clear();
    known.set(peer, address);
    return address;
  }

  function forwardedClient(proxy: string, rawHeaders: HeaderList): string | undefined {
    let nearest: string | undefined;
    for (const entry of forwardedFromRight(rawHeaders)) {
      const address = hopAddress(entry);
      if (address === undefined) return nearest ?? proxy;
      nearest = address;
      if (!isTrusted(address)) return address;
    }
    return nearest;
  }

  return (peer, rawHeaders) => {
    const address = canonicalPeer(peer);
    if (!trustProxyHeaders || !isTrusted(address)) return address;
    const forwarded = forwardedClient(address, rawHeaders);
    if (forwarded !== undefined) return forwarded;
    return hopAddress(headerValue(rawHeaders, "x-real-ip")?.trim() ?? "") ?? address;
  };
}

/**
 * Entries of every `X-Forwarded-For` field, the last one first, empty ones left
 * out. Lazy: a client that sends thousands costs no more than those that are read.
 */
function* forwardedFromRight(rawHeaders: HeaderList): Generator<string> {
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (rawHeaders[index]?.toLowerCase() !== "x-forwarded-for") continue;
    const value = rawHeaders[index + 1] ?? "";
    let end = value.length;
    while (end >= 0) {
      const comma = end === 0 ? -1 : value.lastIndexOf(",", end - 1);
      const entry = value.slice(comma + 1, end).trim();
      if (entry !== "") yield entry;
      end = comma;
    }
  }
}

/** Address of an entry: bare, or with a port as in `192.0.2.1:80` and `[2001:db8::1]:80`. */
function hopAddress(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry) ?? /^([\d.]+):\d{1,5}$/.exec(entry);
  return canonicalAddress(bare?.[1] ?? entry);
}

function canonicalAddress(text: string): string | undefined {
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : formatIp(bytes);
}
