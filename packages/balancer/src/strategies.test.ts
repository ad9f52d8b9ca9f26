import { createSharedState, EndpointStates } from "@olla-ts/core";
import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { strategies, strategyNames } from "./strategies.ts";

describe("strategies", () => {
  it("are those of a configuration", () => {
    expect(strategyNames).toEqual(["priority", "round-robin", "least-connections"]);
  });

  it.each(strategyNames)("make a balancer that bears its name: %s", (name) => {
    const shared = createSharedState();
    const states = new EndpointStates(shared, 4);
    const balancer = strategies[name]({ shared, states, random: () => 0 });
    expect(balancer.strategy).toBe(name);
  });

  it("share one rotation within one shared state", () => {
    const shared = createSharedState();
    const parts = { shared, states: new EndpointStates(shared, 4), random: () => 0 };
    const candidates = ["a", "b"].map((name, slot) => makeEndpoint({ name, slot }));
    const [first, second] = [1, 2].map(() =>
      strategies["round-robin"](parts).selectEndpoint(candidates, {
        model: "",
        affinity: undefined,
      }),
    );
    expect(new Set([first?.endpoint.name, second?.endpoint.name])).toEqual(new Set(["a", "b"]));
  });
});
