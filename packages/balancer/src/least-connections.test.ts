import { createSharedState, type Endpoint, EndpointStates } from "@olla-ts/core";
import { describeLoadBalancer, makeEndpoint } from "@olla-ts/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createLeastConnections } from "./least-connections.ts";

const context = { model: "", affinity: undefined };
const candidates = ["a", "b", "c"].map((name, slot) => makeEndpoint({ name, slot }));

describe("createLeastConnections", () => {
  describeLoadBalancer(() => createLeastConnections({ inFlight: () => 0 }));

  it.each([
    { load: [2, 1, 3], selected: "b" },
    { load: [0, 1, 3], selected: "a" },
    { load: [5, 5, 4], selected: "c" },
  ])("selects $selected under the loads $load", ({ load, selected }) => {
    const balancer = createLeastConnections({ inFlight: ({ slot }) => load[slot] ?? 0 });
    expect(balancer.selectEndpoint(candidates, context).endpoint.name).toBe(selected);
  });

  it("lets equals take turns", () => {
    const balancer = createLeastConnections({ inFlight: ({ name }) => (name === "b" ? 1 : 0) });
    const names = Array.from(
      { length: 6 },
      () => balancer.selectEndpoint(candidates, context).endpoint.name,
    );
    expect(names.join("")).toBe("acacac");
  });

  it("RT-28 splits nine requests in flight on three endpoints 3/3/3", () => {
    const load = new Map<Endpoint, number>();
    const balancer = createLeastConnections({ inFlight: (endpoint) => load.get(endpoint) ?? 0 });
    for (let request = 0; request < 9; request += 1) {
      const { endpoint } = balancer.selectEndpoint(candidates, context);
      load.set(endpoint, (load.get(endpoint) ?? 0) + 1);
    }
    expect(candidates.map((endpoint) => load.get(endpoint))).toEqual([3, 3, 3]);
  });

  it("selects again when another thread was quicker, and then sees what that selected", () => {
    const shared = createSharedState();
    const [here, there] = [0, 1].map(
      (index) => new EndpointStates(shared, 3, { index, count: 2 }),
    ) as [EndpointStates, EndpointStates];
    let isFirst = true;
    const balancer = createLeastConnections({
      inFlight({ slot }) {
        const load = here.inFlight(slot);
        // In the middle of the look at the loads.
        if (isFirst && slot === 2) {
          isFirst = false;
          there.reserve(0, there.turn());
        }
        return load;
      },
      reservations: here,
    });
    expect(balancer.selectEndpoint(candidates, context).endpoint.name).not.toBe("a");
  });

  it("never selects an endpoint while another has less to do", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 10 }), (load) => {
        const endpoints = load.map((_, slot) => makeEndpoint({ slot }));
        const balancer = createLeastConnections({ inFlight: ({ slot }) => load[slot] ?? 0 });
        const { slot } = balancer.selectEndpoint(endpoints, context).endpoint;
        expect(load[slot]).toBe(Math.min(...load));
      }),
    );
  });

  it("keeps the load between endpoints within one while requests pile up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(100), (count, requests) => {
        const endpoints = Array.from({ length: count }, (_, slot) => makeEndpoint({ slot }));
        const load = Array.from({ length: count }, () => 0);
        const balancer = createLeastConnections({ inFlight: ({ slot }) => load[slot] ?? 0 });
        for (let request = 0; request < requests; request += 1) {
          const { slot } = balancer.selectEndpoint(endpoints, context).endpoint;
          load[slot] = (load[slot] ?? 0) + 1;
        }
        expect(Math.max(...load) - Math.min(...load)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
