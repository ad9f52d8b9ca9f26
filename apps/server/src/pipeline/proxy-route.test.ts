import { makeRoutingTable } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { redirectTarget } from "./proxy-route.ts";

const table = makeRoutingTable([]);

describe("redirectTarget", () => {
  it.each([
    ["//olla//proxy/x?a=//b", "/olla/proxy/x?a=//b"],
    ["/olla/./proxy/a/../b", "/olla/proxy/b"],
    ["/olla/proxy/x/..", "/olla/proxy/"],
    ["/olla/proxy", "/olla/proxy/"],
  ])("cleans %s to %s", (target, cleaned) => {
    expect(redirectTarget(target, table)).toBe(cleaned);
  });

  it.each(["/olla/proxy/x", "/", "/olla/unknown"])("leaves %s alone", (target) => {
    expect(redirectTarget(target, table)).toBeUndefined();
  });

  it.each([
    String.raw`/.//\evil.com/`,
    String.raw`//\evil.com`,
    String.raw`/./\\evil.com/..//x`,
    String.raw`/..//\/evil.com`,
    "//evil.com/",
    "/.//evil.com",
    "////evil.com/x",
  ])("never sends a client to another site: %s", (target) => {
    const location = redirectTarget(target, table) ?? "";
    expect(location).toMatch(/^\/[^/\\]/);
    expect(new URL(location, "http://gateway:1").host).toBe("gateway:1");
  });
});
