import {
  createFakeCircuitBreaker,
  createFakeHealthChecker,
  describeCircuitBreaker,
  describeHealthChecker,
  makeEndpoint,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

const endpoint = makeEndpoint();

describe("createFakeCircuitBreaker", () => {
  describeCircuitBreaker((world) => createFakeCircuitBreaker(world));

  it("keeps what was reported and opens on demand", () => {
    const breaker = createFakeCircuitBreaker();
    const ticket = breaker.admit(endpoint)!;
    breaker.report(endpoint, ticket, "success");
    breaker.open(endpoint);
    expect(breaker.results).toEqual([{ endpoint, ticket, result: "success" }]);
    expect(breaker.admit(endpoint)).toBeUndefined();
  });
});

describe("createFakeHealthChecker", () => {
  describeHealthChecker((world) => createFakeHealthChecker(world));

  it("keeps what was probed and reported", async () => {
    const checker = createFakeHealthChecker();
    checker.setEndpoints([endpoint]);
    await checker.checkEndpoint(endpoint);
    checker.reportFailure(endpoint, "upstream_reset");
    expect(checker.probed).toEqual([endpoint.name]);
    expect(checker.reported).toEqual([{ endpoint, code: "upstream_reset" }]);
  });
});
