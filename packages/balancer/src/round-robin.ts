import type { Endpoint } from "@olla-ts/core";
import type { LoadBalancer, Selection, SelectionPreview } from "@olla-ts/core/ports";

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
    previewSelection(candidates: readonly Endpoint[]): SelectionPreview {
      const endpoint = rotation.peek(candidates);
      const next = candidates.indexOf(endpoint);
      const scores = candidates.map((candidate, index) => {
        const before = (index - next + candidates.length) % candidates.length;
        const detail = before === 0 ? "its turn" : `${before} before it`;
        return { endpoint: candidate, score: 0 - before, detail };
      });
      return { endpoint, scores };
    },
    // Turns belong to candidate sets, not to endpoints: nothing to add or to forget.
    registerEndpoint(): void {},
    removeEndpoint(): void {},
  };
}
