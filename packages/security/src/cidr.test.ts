import { BlockList } from "node:net";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cidrContains, createCidrMatcher, parseCidr } from "./cidr.ts";
import { formatIp, parseIp, parseIpVerbatim } from "./ip-address.ts";

const ipv4Bytes = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
const ipv6Bytes = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });

describe("parseCidr", () => {
  it.each([
    { text: "10.0.0.0/8", network: "10.0.0.0", prefixBits: 8 },
    { text: "10.1.2.3/8", network: "10.0.0.0", prefixBits: 8 },
    { text: " 192.0.2.1/32 ", network: "192.0.2.1", prefixBits: 32 },
    { text: "0.0.0.0/0", network: "0.0.0.0", prefixBits: 0 },
    { text: "2001:db8:ffff::/33", network: "2001:db8:8000::", prefixBits: 33 },
    { text: "::1/128", network: "::1", prefixBits: 128 },
    { text: "::ffff:10.0.0.0/104", network: "10.0.0.0", prefixBits: 8 },
  ])("reads $text", ({ text, network, prefixBits }) => {
    expect(parseCidr(text)).toEqual({ network: parseIp(network), prefixBits });
  });

  it.each([
    "",
    "junk",
    "127.0.0.1",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8.0",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "::/129",
    "/8",
    "fe80::%eth0/64",
  ])("throws for %j and names it", (text) => {
    expect(() => parseCidr(text)).toThrow(TypeError);
    expect(() => parseCidr(text)).toThrow(`"${text}"`);
  });

  it("throws a TypeError or gives a block, whatever the text", () => {
    const digits = fc.oneof(fc.nat(200).map(String), fc.string());
    const text = fc
      .tuple(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), digits)
      .map((parts) => parts.join("/"));
    fc.assert(
      fc.property(text, (block) => {
        let outcome: unknown;
        try {
          outcome = parseCidr(block).network.length;
        } catch (error) {
          outcome = error instanceof TypeError ? "refused" : error;
        }
        expect([4, 16, "refused"]).toContain(outcome);
      }),
    );
  });

  it.each([
    { family: "ipv4" as const, bytes: ipv4Bytes, most: 32 },
    { family: "ipv6" as const, bytes: ipv6Bytes, most: 128 },
  ])("holds the addresses that the platform's list holds ($family)", ({ family, bytes, most }) => {
    const near = fc.record({ flip: fc.nat(most - 1), far: bytes, isNear: fc.boolean() });
    fc.assert(
      fc.property(bytes, fc.nat(most), near, (network, bits, { flip, far, isNear }) => {
        const neighbour = network.map((byte, index) =>
          index === flip >>> 3 ? byte ^ (1 << (flip & 7)) : byte,
        );
        const address = isNear ? neighbour : far;
        const list = new BlockList();
        list.addSubnet(formatIp(network), bits, family);
        const block = parseCidr(`${formatIp(network)}/${bits}`);
        expect(cidrContains(block, address)).toBe(list.check(formatIp(address), family));
      }),
    );
  });
});

describe("createCidrMatcher", () => {
  const matches = createCidrMatcher(["127.0.0.0/8", "10.0.0.0/9", "::1/128"]);

  it.each(["127.0.0.1", "::ffff:127.9.9.9", "10.127.255.255", "::1"])("matches %s", (address) => {
    expect(matches(address)).toBe(true);
  });

  it.each(["128.0.0.1", "10.128.0.0", "::2", "", "localhost"])("does not match %j", (address) => {
    expect(matches(address)).toBe(false);
  });

  it("matches nothing without blocks", () => {
    expect(createCidrMatcher([])("127.0.0.1")).toBe(false);
  });

  it("does not take an IPv6 block of everything for one of IPv4", () => {
    expect(createCidrMatcher(["::/0"])("192.0.2.1")).toBe(false);
    expect(cidrContains(parseCidr("::/0"), parseIpVerbatim("2001:db8::1") ?? [])).toBe(true);
  });

  it("does not take an IPv6 block around the mapped addresses for one of IPv4", () => {
    expect(createCidrMatcher(["::ffff:10.0.0.0/95"])("192.0.2.1")).toBe(false);
    expect(createCidrMatcher(["::ffff:0.0.0.0/96"])("192.0.2.1")).toBe(true);
  });

  it("throws for a bad block among good ones", () => {
    expect(() => createCidrMatcher(["127.0.0.0/8", "junk"])).toThrow(TypeError);
  });
});
