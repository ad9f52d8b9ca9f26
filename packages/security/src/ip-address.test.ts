import { isIP } from "node:net";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatIp, parseIp, parseIpVerbatim } from "./ip-address.ts";

const ipv4 = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
/** Mostly zeros, so that compression has something to do. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.flatMap((group) => [group >>> 8, group & 0xff]));

function canonical(text: string): string | undefined {
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : formatIp(bytes);
}

describe("parseIp and formatIp", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["fe80::1%eth0", "fe80::1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("writes %s as %s", (text, written) => {
    expect(canonical(text)).toBe(written);
  });

  it.each([
    "",
    "localhost",
    "192.0.2",
    "192.0.2.256",
    "01.2.3.4",
    "1.2.3.4.5",
    ":::",
    "1::2::3",
    "[::1]",
    "::1:80000",
    "192.0.2.1:80",
    " 192.0.2.1",
  ])("takes %j for no address", (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it("keeps a mapped address as IPv6 only when asked to", () => {
    expect(parseIpVerbatim("::ffff:192.0.2.1")).toHaveLength(16);
    expect(parseIp("::ffff:192.0.2.1")).toEqual([192, 0, 2, 1]);
  });

  it("reads back every address it writes", () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (bytes) => {
        const text = formatIp(bytes);
        expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6);
        expect(parseIpVerbatim(text)).toEqual(bytes);
      }),
    );
  });

  it("writes IPv6 as the URL standard does", () => {
    fc.assert(
      fc.property(ipv6, (bytes) => {
        const text = formatIp(bytes);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
  });

  it("takes a text for an address exactly when the platform does", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0);
      }),
    );
  });
});
