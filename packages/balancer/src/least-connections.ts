import type { Endpoint, EndpointStates } from "@olla-ts/core";
import type { LoadBalancer, Selection, SelectionPreview } from "@olla-ts/core/ports";

import { createRotation } from "./rotation.ts";

export interface LeastConnectionsOptions {
  /** Attempts in flight on an endpoint, right now; over all threads when there are several. */
  readonly inFlight: (endpoint: Endpoint) => number;
  /**
   * Counters of the rotation among equals, all zero at first; `ROTATION_CELLS`
   * of them on shared memory make it strict across threads. Default: of its own.
   */
  readonly counters?: Int32Array;
  /**
   * Counts an attempt with its selection, where other threads select by the same load.
   * Default: the caller counts it before anybody selects again.
   */
  readonly reservations?: Pick<EndpointStates, "turn" | "reserve">;
}

/** Selections made again because another thread was quicker, before one is taken as it is. */
const MOST_REPEATS = 16;

/**
 * Takes the candidate with the fewest attempts in flight; equals take turns.
 *
 * Without `reservations`, reading the load and adding to it are two steps: threads that select in
 * the same instant may see the same load, and then rotate over the same equals.
 */
export function createLeastConnections({
  inFlight,
  counters,
  reservations,
}: LeastConnectionsOptions): LoadBalancer {
  const rotation = createRotation(counters);

  /** Used again by every selection: among many candidates a list of its own would cost more than all else. */
  const equals: Endpoint[] = [];

  function leastLoaded(candidates: readonly Endpoint[]): readonly Endpoint[] {
    let least = Number.POSITIVE_INFINITY;
    let count = 0;
    for (const candidate of candidates) {
      const load = inFlight(candidate);
      if (load > least) continue;
      if (load < least) count = 0;
      least = load;
      equals[count] = candidate;
      count += 1;
    }
    equals.length = count;
    return equals;
  }

  return {
    strategy: "least-connections",
    selectEndpoint(candidates: readonly Endpoint[]): Selection {
      for (let repeats = 0; ; repeats += 1) {
        const turn = reservations?.turn() ?? 0;
        const endpoint = rotation.next(leastLoaded(candidates));
        if (reservations === undefined || repeats === MOST_REPEATS) return { endpoint };
        if (reservations.reserve(endpoint.slot, turn)) return { endpoint };
      }
    },
    previewSelection(candidates: readonly Endpoint[]): SelectionPreview {
      const scores = candidates.map((endpoint) => {
        const load = inFlight(endpoint);
        return { endpoint, score: 0 - load, detail: `${load} in flight` };
      });
      return { endpoint: rotation.peek(leastLoaded(candidates)), scores };
    },
    // The load is the caller's, the turns belong to candidate sets: nothing to add or to forget.
    registerEndpoint(): void {},
    removeEndpoint(): void {},
  };
}
