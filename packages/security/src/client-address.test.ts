import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createClientAddressReader } from "./client-address.ts";

const PROXY = "10.0.0.1";
const trustedCidrs = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"];
const read = createClientAddressReader({ trustedCidrs, trustProxyHeaders: true });

function forwarded(...values: readonly string[]): string[] {
  return values.flatMap((value) => ["X-Forwarded-For", value]);
}

describe("createClientAddressReader", () => {
  it("RT-71 ignores what an untrusted peer says", () => {
    const headers = [...forwarded("192.0.2.9"), "X-Real-IP", "192.0.2.8"];
    expect(read("198.51.100.1", headers)).toBe("198.51.100.1");
  });

  it("ignores proxy fields altogether when told to", () => {
    const plain = createClientAddressReader({ trustedCidrs, trustProxyHeaders: false });
    expect(plain(PROXY, forwarded("192.0.2.9"))).toBe(PROXY);
  });

  it("C7 trusts nobody when no block is listed", () => {
    const nobody = createClientAddressReader({ trustedCidrs: [], trustProxyHeaders: true });
    expect(nobody(PROXY, forwarded("192.0.2.9"))).toBe(PROXY);
  });

  it("CF-57 uses the field of a loopback peer, also when it connects over IPv6", () => {
    expect(read("127.0.0.1", forwarded("192.0.2.9"))).toBe("192.0.2.9");
    expect(read("::ffff:127.0.0.1", forwarded("192.0.2.9"))).toBe("192.0.2.9");
  });

  it.each([
    {
      title: "R27 the entry of the nearest proxy, not the client's claim",
      value: "6.6.6.6, 192.0.2.9",
    },
    {
      title: "the first untrusted entry behind trusted ones",
      value: "6.6.6.6, 192.0.2.9, 10.0.0.3, 10.0.0.2",
    },
    { title: "an entry with a port", value: "192.0.2.9:4711" },
    { title: "an entry mapped into IPv6", value: "::ffff:192.0.2.9" },
    { title: "entries in brackets", value: "192.0.2.9, [fd00::2]:443, [fd00::3]" },
    { title: "entries between empty ones and blanks", value: " , 192.0.2.9 ,\t, " },
    { title: "the last untrusted entry in front of junk further left", value: "junk, 192.0.2.9" },
  ])("takes $title", ({ value }) => {
    expect(read(PROXY, forwarded(value))).toBe("192.0.2.9");
  });

  it("reads repeated fields as one list, in any spelling of the name", () => {
    const headers = [
      "x-forwarded-for",
      "6.6.6.6, 192.0.2.9",
      "Accept",
      "*/*",
      "X-FORWARDED-FOR",
      "10.0.0.2",
    ];
    expect(read(PROXY, headers)).toBe("192.0.2.9");
  });

  it.each([
    { title: "junk next to the peer", value: "192.0.2.9, junk", client: PROXY },
    {
      title: "junk behind a trusted proxy",
      value: "192.0.2.9, unknown, 10.0.0.2",
      client: "10.0.0.2",
    },
    { title: "an obfuscated entry", value: "_hidden", client: PROXY },
  ])("goes no further left than $title", ({ value, client }) => {
    expect(read(PROXY, forwarded(value))).toBe(client);
  });

  it("takes the leftmost entry when all are trusted", () => {
    expect(read(PROXY, forwarded("10.0.0.4, 10.0.0.3"))).toBe("10.0.0.4");
  });

  it.each([
    {
      title: "takes X-Real-IP without X-Forwarded-For",
      headers: ["X-Real-IP", " 192.0.2.9 "],
      client: "192.0.2.9",
    },
    {
      title: "prefers X-Forwarded-For to X-Real-IP",
      headers: [...forwarded("192.0.2.9"), "X-Real-IP", "6.6.6.6"],
      client: "192.0.2.9",
    },
    {
      title: "ignores an X-Real-IP that is no address",
      headers: ["X-Real-IP", "me"],
      client: PROXY,
    },
    { title: "takes the peer when no proxy says anything", headers: [], client: PROXY },
  ])("$title", ({ headers, client }) => {
    expect(read(PROXY, headers)).toBe(client);
  });

  it("writes one address in one way", () => {
    expect(read("2001:DB8:0::1%eth0", [])).toBe("2001:db8::1");
    expect(read(PROXY, forwarded("2001:DB8::0:1"))).toBe("2001:db8::1");
  });

  it("hands back a peer that is no address", () => {
    expect(read("", forwarded("192.0.2.9"))).toBe("");
  });

  it("throws for a bad block", () => {
    const options = { trustedCidrs: ["junk"], trustProxyHeaders: false };
    expect(() => createClientAddressReader(options)).toThrow(TypeError);
  });

  it("finds the client through any number of proxies, whatever the client claims", () => {
    const proxies = fc.array(
      fc.nat(255).map((last) => `10.0.0.${last}`),
      { maxLength: 5 },
    );
    const claims = fc.array(fc.oneof(fc.ipV4(), fc.string({ maxLength: 20 })), { maxLength: 5 });
    fc.assert(
      fc.property(claims, fc.nat(255), proxies, (claimed, last, hops) => {
        const client = `192.0.2.${last}`;
        expect(read(PROXY, forwarded([...claimed, client, ...hops].join(", ")))).toBe(client);
        expect(read(PROXY, forwarded(...claimed, client, ...hops))).toBe(client);
      }),
    );
  });
});
