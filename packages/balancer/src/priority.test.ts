import type { HealthStatus } from "@olla-ts/core";
import { describeLoadBalancer, makeEndpoint } from "@olla-ts/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createPriority } from "./priority.ts";

const context = { model: "", affinity: undefined };

/** Numbers spread evenly over [0, 1), so that counts come out exactly as weighted. */
function evenly(steps: number): () => number {
  let step = -1;
  return () => {
    step += 1;
    return ((step % steps) + 0.5) / steps;
  };
}

function countsOf(
  priorities: readonly number[],
  statuses: readonly HealthStatus[],
  draws: number,
): number[] {
  const candidates = priorities.map((priority, slot) => makeEndpoint({ priority, slot }));
  const balancer = createPriority({
    random: evenly(draws),
    statusOf: ({ slot }) => statuses[slot] ?? "unknown",
  });
  const counts = priorities.map(() => 0);
  for (let draw = 0; draw < draws; draw += 1) {
    const { slot } = balancer.selectEndpoint(candidates, context).endpoint;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

describe("createPriority", () => {
  describeLoadBalancer(() => createPriority({ random: evenly(7), statusOf: () => "healthy" }));

  it("RT-27 gives a lower tier nothing, and equal endpoints of the top tier equal shares", () => {
    expect(countsOf([100, 50, 100], ["healthy", "healthy", "healthy"], 60)).toEqual([30, 0, 30]);
  });

  it.each<{ statuses: HealthStatus[]; counts: number[] }>([
    { statuses: ["healthy", "busy", "warming"], counts: [100, 30, 10] },
    { statuses: ["busy", "busy", "warming"], counts: [60, 60, 20] },
    { statuses: ["offline", "healthy", "unhealthy"], counts: [0, 140, 0] },
  ])("shares 140 requests as $counts between $statuses", ({ statuses, counts }) => {
    expect(countsOf([1, 1, 1], statuses, 140)).toEqual(counts);
  });

  it("shares evenly when no candidate is routable any more", () => {
    expect(countsOf([1, 1], ["offline", "offline"], 10)).toEqual([5, 5]);
  });

  it("selects the last endpoint with weight when rounding leaves a crumb of the sum over", () => {
    const statuses: HealthStatus[] = ["busy", "healthy", "warming", "healthy", "offline"];
    const balancer = createPriority({
      random: () => 1 - 2 ** -53,
      statusOf: ({ slot }) => statuses[slot] ?? "unknown",
    });
    const candidates = statuses.map((_, slot) => makeEndpoint({ slot }));
    expect(balancer.selectEndpoint(candidates, context).endpoint.slot).toBe(3);
  });

  it("uses a lower tier only when no higher one is a candidate", () => {
    expect(countsOf([50, 10], ["warming", "healthy"], 10)).toEqual([10, 0]);
    expect(countsOf([10], ["healthy"], 10)).toEqual([10]);
  });

  it("selects from the top tier, and nothing without weight, whatever the draw", () => {
    const status = fc.constantFrom<HealthStatus>("healthy", "busy", "warming", "offline");
    const endpoint = fc.record({ priority: fc.nat(3), status });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(endpoint, { minLength: 1, maxLength: 8 }), chance, (fleet, random) => {
        const candidates = fleet.map(({ priority }, slot) => makeEndpoint({ priority, slot }));
        const balancer = createPriority({
          random: () => random,
          statusOf: ({ slot }) => fleet[slot]?.status ?? "unknown",
        });
        const { slot, priority } = balancer.selectEndpoint(candidates, context).endpoint;
        const tier = fleet.filter((other) => other.priority === priority);
        expect(priority).toBe(Math.max(...fleet.map((other) => other.priority)));
        const hopeless = tier.every((other) => other.status === "offline");
        expect(fleet[slot]?.status === "offline").toBe(hopeless);
      }),
    );
  });
});

describe("a preview of priority", () => {
  it("gives each candidate its share of the draws, none below the highest priority", () => {
    const statuses: HealthStatus[] = ["healthy", "busy", "healthy"];
    const candidates = [100, 100, 50].map((priority, slot) => makeEndpoint({ priority, slot }));
    const balancer = createPriority({
      random: () => 0.99,
      statusOf: ({ slot }) => statuses[slot] ?? "unknown",
    });
    const { endpoint, scores } = balancer.previewSelection(candidates, context, []);
    expect(endpoint).toBe(candidates[1]);
    expect(scores.map(({ score, detail }) => [score.toFixed(2), detail])).toEqual([
      ["0.77", "priority 100, 77 % of the draws"],
      ["0.23", "priority 100, 23 % of the draws"],
      ["0.00", "priority 50 is not the highest"],
    ]);
  });

  it("draws once for a preview and the selection after it", () => {
    let draws = 0;
    const random = (): number => ((draws += 1) % 7) / 7;
    const balancer = createPriority({ random, statusOf: () => "healthy" });
    const candidates = [makeEndpoint({ slot: 0 }), makeEndpoint({ slot: 1 })];
    balancer.previewSelection(candidates, context, []);
    balancer.previewSelection(candidates, context, []);
    balancer.selectEndpoint(candidates, context);
    expect(draws).toBe(1);
    balancer.selectEndpoint(candidates, context);
    expect(draws).toBe(2);
  });
});
