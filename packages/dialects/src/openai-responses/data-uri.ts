import type { BinarySource } from "../conversation.ts";

const SCHEME = "data:";
const BASE64 = ";base64";

/**
 * Reads `data:image/png;base64,iVBOR…` or an http address; undefined for
 * anything else.
 */
export function parseSource(uri: string): BinarySource | undefined {
  if (/^https?:\/\//i.test(uri)) return { kind: "url", url: uri };
  const comma = uri.indexOf(",");
  if (!uri.startsWith(SCHEME) || comma === -1) return undefined;
  const head = uri.slice(SCHEME.length, comma);
  if (!head.endsWith(BASE64)) return undefined;
  const mediaType = head.slice(0, -BASE64.length).split(";", 1)[0] ?? "";
  if (mediaType === "") return undefined;
  return { kind: "base64", mediaType, data: uri.slice(comma + 1) };
}

/** The address of a source, as a data URI where it is none. */
export function writeSource(source: BinarySource): string {
  if (source.kind === "url") return source.url;
  return `${SCHEME}${source.mediaType}${BASE64},${source.data}`;
}
