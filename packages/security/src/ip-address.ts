import { isIPv4, isIPv6 } from "node:net";

/** An address as its 4 (IPv4) or 16 (IPv6) bytes. */
export type IpBytes = readonly number[];

/**
 * Bytes of an address in text. An IPv4 address mapped into IPv6
 * (`::ffff:192.0.2.1`) gives the IPv4 address; a zone (`%eth0`) is dropped.
 *
 * @returns undefined when the text is no address
 */
export function parseIp(text: string): IpBytes | undefined {
  const bytes = parseIpVerbatim(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** As `parseIp`, but a mapped address stays an IPv6 address. */
export function parseIpVerbatim(text: string): IpBytes | undefined {
  if (isIPv4(text)) return text.split(".").map(Number);
  return isIPv6(text) ? parseIpv6(text) : undefined;
}

/** Whether these are the bytes of an IPv4 address mapped into IPv6, `::ffff:0:0/96`. */
export function isMapped(bytes: IpBytes): boolean {
  return (
    bytes.length === 16 &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff &&
    bytes.slice(0, 10).every((byte) => byte === 0)
  );
}

/** The one text of an address: dotted, or as RFC 5952 section 4 writes IPv6. */
export function formatIp(bytes: IpBytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => wordAt(bytes, index * 2));
  const { start, length } = longestZeroRun(groups);
  const written = groups.map((group) => group.toString(16));
  if (length < 2) return written.join(":");
  return `${written.slice(0, start).join(":")}::${written.slice(start + length).join(":")}`;
}

/** @param text valid IPv6 */
function parseIpv6(text: string): number[] {
  const [address = ""] = text.split("%");
  const [head = "", tail] = withoutDots(address).split("::");
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const gap = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return [...left, ...gap, ...right].flatMap((group) => [group >>> 8, group & 0xff]);
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

/** `::ffff:192.0.2.1` as `::ffff:c000:201`. */
function withoutDots(text: string): string {
  if (!text.includes(".")) return text;
  const dotted = text.lastIndexOf(":") + 1;
  const bytes = text.slice(dotted).split(".").map(Number);
  const groups = [wordAt(bytes, 0), wordAt(bytes, 2)].map((group) => group.toString(16));
  return text.slice(0, dotted) + groups.join(":");
}

function wordAt(bytes: IpBytes, index: number): number {
  return ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
}

/** The first of the longest runs of zeros. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
