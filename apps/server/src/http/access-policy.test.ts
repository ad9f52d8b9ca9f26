import type { IncomingMessage } from "node:http";

import { describe, expect, it } from "vitest";

import { accessPolicy } from "./access-policy.ts";

const policy = accessPolicy({
  isAllowedPeer: (address) => address === "127.0.0.1",
  allowedHosts: ["localhost", "Gateway.Example.org"],
});

function ask(host: string | undefined, peer = "127.0.0.1"): string | undefined {
  return policy({ socket: { remoteAddress: peer }, headers: { host } } as IncomingMessage);
}

describe("accessPolicy", () => {
  it.each([
    "localhost",
    "LOCALHOST:40114",
    "gateway.example.org:80",
    "127.0.0.1:40114",
    "10.0.0.7",
    "[::1]:40114",
    "[fe80::1]",
  ])("HI-41 lets an address or an allowed name pass as Host: %s", (host) => {
    expect(ask(host)).toBeUndefined();
  });

  it.each([
    "evil.example",
    "localhost.evil.example",
    "evil.example:localhost",
    "localhost@evil.example",
    "127.0.0.1.evil.example",
    "::1",
    "",
    undefined,
  ])("refuses the Host %s", (host) => {
    expect(ask(host)).toContain("dashboard.access_policy.allowed_hosts");
  });

  it("HI-40 names the address, the Host and the key of what failed", () => {
    expect(ask("evil.example")).toBe(
      'Refused (address 127.0.0.1, Host "evil.example"): the Host is no IP address and not in dashboard.access_policy.allowed_hosts.',
    );
    expect(ask("localhost", "192.0.2.9")).toBe(
      'Refused (address 192.0.2.9, Host "localhost"): the address is not in dashboard.access_policy.allowed_cidrs.',
    );
  });

  it("asks the connection alone for the address, whatever a proxy says", () => {
    const headers = { host: "localhost", "x-forwarded-for": "127.0.0.1" };
    const request = { socket: { remoteAddress: "192.0.2.9" }, headers };
    expect(policy(request as unknown as IncomingMessage)).toContain("allowed_cidrs");
  });

  it("repeats a long Host in part only", () => {
    expect(ask("x".repeat(10_000))?.length).toBeLessThan(500);
  });
});
