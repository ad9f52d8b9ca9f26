import type { BinarySource } from "../conversation.ts";

/** `data:image/png;base64,…`, with parameters allowed before `base64`. */
const DATA_URI = /^data:([^;,]+)(?:;[^;,]+)*?;base64,/i;

/**
 * Reads `data:image/png;base64,iVBOR…` or an http address; undefined for
 * anything else.
 */
export function parseSource(uri: string): BinarySource | undefined {
  if (/^https?:\/\//i.test(uri)) return { kind: "url", url: uri };
  const [head, mediaType] = DATA_URI.exec(uri) ?? [];
  if (head === undefined || mediaType === undefined) return undefined;
  return { kind: "base64", mediaType: mediaType.toLowerCase(), data: uri.slice(head.length) };
}

/** The address of a source, as a data URI where it is none. */
export function writeSource(source: BinarySource): string {
  return source.kind === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
