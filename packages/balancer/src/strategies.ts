import type { EndpointStates, SharedState } from "@olla-ts/core";
import type { LoadBalancer, RandomSource } from "@olla-ts/core/ports";

import { createLeastConnections } from "./least-connections.ts";
import { createPriority } from "./priority.ts";
import { ROTATION_CELLS } from "./rotation.ts";
import { createRoundRobin } from "./round-robin.ts";

/** What any strategy may be made of. */
export interface StrategyParts {
  /** Holds the rotation, under `balancer.rotation`, so that all threads rotate together. */
  readonly shared: SharedState;
  /** Status and load of endpoints, by slot. */
  readonly states: EndpointStates;
  readonly random: RandomSource;
}

const names = ["priority", "round-robin", "least-connections"] as const;

export type StrategyName = (typeof names)[number];

/** What configurations call the strategies, in the order of documentation. */
export const strategyNames: readonly [StrategyName, ...StrategyName[]] = names;

/** How each is made. */
export const strategies: Readonly<Record<StrategyName, (parts: StrategyParts) => LoadBalancer>> = {
  priority: ({ random, states }) =>
    createPriority({ random, statusOf: ({ slot }) => states.status(slot) }),
  "round-robin": ({ shared }) => createRoundRobin({ counters: rotation(shared) }),
  "least-connections": ({ shared, states }) =>
    createLeastConnections({
      inFlight: ({ slot }) => states.inFlight(slot),
      counters: rotation(shared),
      ...(states.isShared && { reservations: states }),
    }),
};

function rotation(shared: SharedState): Int32Array {
  return shared.int32("balancer.rotation", ROTATION_CELLS);
}
