import { isMapped, parseIp, parseIpVerbatim, type IpBytes } from "./ip-address.ts";

/** A block of addresses of one family. */
export interface Cidr {
  /** 4 or 16 bytes; those behind the prefix are 0. */
  readonly network: IpBytes;
  /** Leading bits that all addresses of the block have in common. */
  readonly prefixBits: number;
}

/**
 * Reads a block such as `10.0.0.0/8` or `2001:db8::/32`. Bits behind the prefix
 * are ignored: `10.1.2.3/8` is `10.0.0.0/8`. A block of IPv4 addresses mapped
 * into IPv6 is the IPv4 block.
 *
 * @throws TypeError when the text is not a block; a single address needs `/32` or `/128`
 */
export function parseCidr(text: string): Cidr {
  const [address = "", digits = "", ...more] = text.trim().split("/");
  const bytes = address.includes("%") ? undefined : parseIpVerbatim(address);
  const bits = /^(?:0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : Number.NaN;
  if (bytes === undefined || !(bits <= bytes.length * 8) || more.length > 0) {
    throw new TypeError(`"${text}" is not an address block such as 10.0.0.0/8 or 2001:db8::/32`);
  }
  if (isMapped(bytes) && bits >= 96) return block(bytes.slice(12), bits - 96);
  return block(bytes, bits);
}

/** Whether the block holds the address; never for an address of the other family. */
export function cidrContains({ network, prefixBits }: Cidr, address: IpBytes): boolean {
  return (
    address.length === network.length &&
    network.every((byte, index) => byte === ((address[index] ?? 0) & byteMask(prefixBits, index)))
  );
}

/** The address with every bit behind the prefix set to 0. */
export function maskIp(address: IpBytes, prefixBits: number): IpBytes {
  return address.map((byte, index) => byte & byteMask(prefixBits, index));
}

/**
 * Tells whether an address, as text, is in one of the blocks. Text that is no
 * address never is.
 *
 * @throws TypeError for the first text that is not a block
 */
export function createCidrMatcher(cidrs: readonly string[]): (address: string) => boolean {
  const blocks = cidrs.map(parseCidr);
  return (text) => {
    const address = parseIp(text);
    return address !== undefined && blocks.some((each) => cidrContains(each, address));
  };
}

function block(address: IpBytes, prefixBits: number): Cidr {
  return { network: maskIp(address, prefixBits), prefixBits };
}

/** Which bits of a byte belong to the prefix. */
function byteMask(prefixBits: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}
