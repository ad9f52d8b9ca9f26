import { describeLoadBalancer, makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createRoundRobin } from "./round-robin.ts";

const context = { model: "", affinity: undefined };

describe("createRoundRobin", () => {
  describeLoadBalancer(() => createRoundRobin());

  it("RT-29 rotates strictly A, B, C, A over a fixed set", () => {
    const candidates = ["a", "b", "c"].map((name, slot) => makeEndpoint({ name, slot }));
    const balancer = createRoundRobin();
    const names = Array.from(
      { length: 60 },
      () => balancer.selectEndpoint(candidates, context).endpoint.name,
    );
    expect(names.join("")).toBe("abc".repeat(20));
  });

  it("R6 keeps the turn of one model while another model's requests come between", () => {
    const [a, b, c] = [0, 1, 2].map((slot) => makeEndpoint({ slot }));
    const balancer = createRoundRobin();
    const one = [a, b, c].filter((endpoint) => endpoint !== undefined);
    const two = one.slice(0, 2);
    const slots = Array.from({ length: 6 }, () => {
      balancer.selectEndpoint(two, context);
      return balancer.selectEndpoint(one, context).endpoint.slot;
    });
    expect(slots).toEqual([0, 1, 2, 0, 1, 2]);
  });
});
