import { connectionNominated, isHopByHop, type HeaderList } from "@olla-ts/core";
const NO_HEADERS: HeaderList = [];

/** Lengths of the names of hop-by-hop fields, from `te` to `proxy-authorization`. */
const HOP_BY_HOP_LENGTHS: ReadonlySet<number> = new Set([2, 7, 10, 16, 17, 18, 19]);

/**
 * Header or trailer fields of a response in the form the gateway passes on:
 * spelling, order and repetition kept, bytes read as latin1 (RFC 9110 §5.5),
 * fields of the connection left out.
 */
export function toHeaderList(raw: HeaderList): HeaderList {
  if (raw.length === 0) return NO_HEADERS;
  const headers: string[] = [];
  let connection: string[] | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    // Few other names have one of these lengths, so lower-casing is rare.
    if (HOP_BY_HOP_LENGTHS.has(name.length)) {
      const lowerName = name.toLowerCase();
      if (lowerName === "connection") (connection ??= []).push(name, value);
      if (isHopByHop(lowerName)) continue;
    }
    headers.push(name, value);
  }
  const nominated = connection === undefined ? undefined : connectionNominated(connection);
  return nominated === undefined ? headers : without(headers, nominated);
}

function without(headers: HeaderList, lowerNames: ReadonlySet<string>): HeaderList {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (!lowerNames.has(name.toLowerCase())) kept.push(name, headers[index + 1] ?? "");
  }
  return kept;
}
