import type { Endpoint } from "@olla-ts/core";
import type { EndpointSpec } from "@olla-ts/core/ports";
import { makeEndpointSpec, makeProfile } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { type ProviderTypes, toEndpoint } from "./to-endpoint.ts";

const profiles = [
  makeProfile({ type: "openai-compatible", healthPath: "/v1/models", defaultPriority: 50 }),
  makeProfile({
    type: "docker-model-runner",
    modelsPath: "/engines/v1/models",
    defaultPriority: 95,
  }),
];

const types: ProviderTypes = {
  profiles: new Map(profiles.map((profile) => [profile.type, profile])),
  canonicalType(spelling) {
    if (spelling === "" || spelling === "auto") return "auto";
    if (spelling === "dmr") return "docker-model-runner";
    return profiles.find(({ type }) => type === spelling)?.type;
  },
};

function make(over: Partial<EndpointSpec>): Endpoint {
  return toEndpoint(makeEndpointSpec(over), 3, types);
}

describe("toEndpoint", () => {
  it.each([
    { url: "http://h.test:8000", origin: "http://h.test:8000", basePath: "" },
    { url: "http://h.test:8000/", origin: "http://h.test:8000", basePath: "" },
    { url: "https://h.test/team/a/", origin: "https://h.test", basePath: "/team/a" },
    { url: "http://h.test//team///a?x=1#y", origin: "http://h.test", basePath: "/team/a" },
    { url: "http://[::1]:80/v1", origin: "http://[::1]", basePath: "/v1" },
  ])("splits $url into origin and base path", ({ url, origin, basePath }) => {
    expect(make({ url })).toMatchObject({ url: origin + basePath, origin, basePath, slot: 3 });
  });

  it.each([
    { base: "http://h.test/base", given: "/health", url: "http://h.test/base/health" },
    { base: "http://h.test/base/", given: "health", url: "http://h.test/base/health" },
    { base: "http://h.test/base/v9", given: "//health", url: "http://h.test/base/v9/health" },
    { base: "http://h.test", given: "/", url: "http://h.test/" },
    { base: "http://h.test/base", given: "/a%2Fb", url: "http://h.test/base/a%2Fb" },
    { base: "http://h.test/base", given: "?x=1", url: "http://h.test/base/?x=1" },
  ])("CF-42 resolves $given below $base", ({ base, given, url }) => {
    expect(make({ url: base, healthCheckUrl: given }).healthUrl).toBe(url);
  });

  it("C11 keeps the query of a relative url", () => {
    const over = {
      url: "http://h.test/base",
      healthCheckUrl: "/health?x=1//2",
      modelUrl: "/m?y=2",
    };
    expect(make(over)).toMatchObject({
      healthUrl: "http://h.test/base/health?x=1//2",
      modelsUrl: "http://h.test/base/m?y=2",
    });
  });

  it("CF-42 uses an absolute url unchanged", () => {
    const healthCheckUrl = "http://other.test:9//live?a#b";
    expect(make({ healthCheckUrl }).healthUrl).toBe(healthCheckUrl);
  });

  it("takes missing urls from the profile, below the base path", () => {
    expect(make({ url: "http://h.test/x", type: "docker-model-runner" })).toMatchObject({
      healthUrl: "http://h.test/x/health",
      modelsUrl: "http://h.test/x/engines/v1/models",
    });
  });

  it("takes an address that ends in /v1 for that of the OpenAI API, beside which the rest is", () => {
    expect(make({ url: "http://h.test/x/v1" })).toMatchObject({
      healthUrl: "http://h.test/x/v1/models",
      modelsUrl: "http://h.test/x/v1/models",
    });
    expect(make({ url: "http://h.test/v1", type: "docker-model-runner" })).toMatchObject({
      healthUrl: "http://h.test/health",
      modelsUrl: "http://h.test/engines/v1/models",
    });
    const over = { url: "http://h.test/v1", type: "dmr", healthCheckUrl: "/health" };
    expect(make(over).healthUrl).toBe("http://h.test/v1/health");
  });

  it("PV-10 treats an alias exactly as the type it stands for", () => {
    expect(make({ type: "dmr" })).toEqual(make({ type: "docker-model-runner" }));
    expect(make({ type: "dmr" }).type).toBe("docker-model-runner");
  });

  it.each([
    { type: "dmr", priority: undefined, expected: 95 },
    { type: "dmr", priority: 0, expected: 0 },
    { type: "auto", priority: undefined, expected: 100 },
  ])("PV-15 gives $type with priority $priority the priority $expected", (one) => {
    expect(make({ type: one.type, priority: one.priority }).priority).toBe(one.expected);
  });

  it("probes an endpoint of type auto as every server can be probed", () => {
    expect(make({ type: "", url: "http://h.test" })).toMatchObject({
      type: "auto",
      healthUrl: "http://h.test/v1/models",
      modelsUrl: "http://h.test/v1/models",
    });
  });

  it("carries everything else over, credentials excepted", () => {
    const modelFilter = { include: ["a*"], exclude: [] };
    const endpoint = make({
      name: "n",
      preservePath: true,
      checkIntervalMs: 7,
      checkTimeoutMs: 6,
      modelFilter,
      headers: ["Authorization", "Bearer secret"],
    });
    expect(endpoint).toMatchObject({
      name: "n",
      preservePath: true,
      checkIntervalMs: 7,
      checkTimeoutMs: 6,
      modelFilter,
    });
    expect(JSON.stringify(endpoint)).not.toContain("secret");
  });

  it("PV-9 refuses an unknown type and names the known ones", () => {
    expect(() => make({ name: "n", type: "acme" })).toThrow(
      new RangeError(
        'endpoint "n": unknown type "acme"; use one of auto, docker-model-runner, openai-compatible',
      ),
    );
  });

  it.each(["h.test:80", "ftp://h.test", "localhost", ""])("refuses the address %j", (url) => {
    expect(() => make({ name: "n", url })).toThrow(/^endpoint "n": .*not an absolute http/);
  });

  it("refuses a probe that is neither http nor https", () => {
    expect(() => make({ healthCheckUrl: "ftp://h.test/x" })).toThrow(RangeError);
  });

  it.each([
    "http://user:hunter2@h.test",
    "user:hunter2@h.test",
    "ftp://user:hunter2@h.test/",
    "user:hunter2/@h.test",
  ])("CF-28 refuses user info without repeating it", (url) => {
    expect(() => make({ url })).toThrow(expect.not.stringContaining("hunter2"));
    expect(() => make({ url })).toThrow(RangeError);
  });
});
