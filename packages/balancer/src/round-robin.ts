import type { Endpoint } from "@olla-ts/core";
import type { LoadBalancer, Selection } from "@olla-ts/core/ports";

import { createRotation } from "./rotation.ts";

export interface RoundRobinOptions {
  /**
   * Counters of the rotation, all zero at first; `ROTATION_CELLS` of them on
   * shared memory make the rotation strict across threads. Default: of its own.
   */
  readonly counters?: Int32Array;
}

/**
 * Takes the candidates in turn: A, B, C, A, … in the order given. Each candidate
 * set has a turn of its own.
 */
export function createRoundRobin({ counters }: RoundRobinOptions = {}): LoadBalancer {
  const rotation = createRotation(counters);
  return {
    strategy: "round-robin",
    selectEndpoint(candidates: readonly Endpoint[]): Selection {
      return { endpoint: rotation.next(candidates) };
    },
    // Turns belong to candidate sets, not to endpoints: nothing to add or to forget.
    registerEndpoint(): void {},
    removeEndpoint(): void {},
  };
}
