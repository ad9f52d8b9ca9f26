import type { Endpoint, HealthStatus } from "@olla-ts/core";
import type {
  CandidateScore,
  LoadBalancer,
  RandomSource,
  Selection,
  SelectionContext,
  SelectionPreview,
} from "@olla-ts/core/ports";

import { noCandidates } from "./no-candidates.ts";

/** Share of an endpoint within its tier, by status. */
const WEIGHTS: Readonly<Record<HealthStatus, number>> = {
  healthy: 1,
  busy: 0.3,
  warming: 0.1,
  unknown: 0,
  unhealthy: 0,
  offline: 0,
  config_error: 0,
  rate_limited: 0,
};

export interface PriorityOptions {
  readonly random: RandomSource;
  /** Status of an endpoint, right now. */
  readonly statusOf: (endpoint: Endpoint) => HealthStatus;
}

/**
 * Takes from the candidates of the highest `priority` alone; among them at random,
 * weighted by status: healthy 1, busy 0.3, warming 0.1. When all weigh nothing,
 * because their status changed since routing, each is as likely as any other.
 */
export function createPriority({ random, statusOf }: PriorityOptions): LoadBalancer {
  /** Draws that a preview has looked at and the next selections will use. */
  const upcoming: number[] = [];

  function upcomingAt(attempt: number): number {
    while (upcoming.length <= attempt) upcoming.push(random());
    return upcoming[attempt] ?? 0;
  }

  function selected(tier: readonly Endpoint[], chance: number): Endpoint {
    const weights = tier.map((endpoint) => WEIGHTS[statusOf(endpoint)]);
    const endpoint = tier[draw(weights, chance)];
    if (endpoint === undefined) throw noCandidates();
    return endpoint;
  }

  function scoresOf(
    candidates: readonly Endpoint[],
    tier: readonly Endpoint[],
  ): readonly CandidateScore[] {
    const weights = tier.map((endpoint) => WEIGHTS[statusOf(endpoint)]);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return candidates.map((endpoint) => {
      const at = tier.indexOf(endpoint);
      const priority = `priority ${endpoint.priority}`;
      if (at === -1) return { endpoint, score: 0, detail: `${priority} is not the highest` };
      const score = total === 0 ? 1 / tier.length : (weights[at] ?? 0) / total;
      return { endpoint, score, detail: `${priority}, ${Math.round(score * 100)} % of the draws` };
    });
  }

  return {
    strategy: "priority",
    selectEndpoint(candidates: readonly Endpoint[]): Selection {
      return { endpoint: selected(topTier(candidates), upcoming.shift() ?? random()) };
    },
    previewSelection(
      candidates: readonly Endpoint[],
      _: SelectionContext,
      earlier: readonly Endpoint[],
    ): SelectionPreview {
      const tier = topTier(candidates);
      const endpoint = selected(tier, upcomingAt(earlier.length));
      return { endpoint, scores: scoresOf(candidates, tier) };
    },
    // Everything is read from the candidates: nothing to add or to forget.
    registerEndpoint(): void {},
    removeEndpoint(): void {},
  };
}

function topTier(candidates: readonly Endpoint[]): Endpoint[] {
  let highest = Number.NEGATIVE_INFINITY;
  let tier: Endpoint[] = [];
  for (const candidate of candidates) {
    if (candidate.priority < highest) continue;
    if (candidate.priority > highest) tier = [];
    highest = candidate.priority;
    tier.push(candidate);
  }
  return tier;
}

/**
 * Index of a weight, each as likely as its share of the sum.
 *
 * @param chance 0 (included) to 1 (excluded)
 */
function draw(weights: readonly number[], chance: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return Math.floor(chance * weights.length);
  let rest = chance * total;
  let last = 0;
  for (const [index, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (rest < weight) return index;
    rest -= weight;
    last = index;
  }
  return last; // rounding left a crumb of the sum over
}
