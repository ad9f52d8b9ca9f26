import type { Endpoint } from "@olla-ts/core";
import type { EndpointSpec } from "@olla-ts/core/ports";
import { createSlotAllocator, toEndpoint } from "@olla-ts/discovery";

import type { GatewaySetup } from "./compose-setup.ts";

/** An endpoint of a configuration that is not in force yet. */
export interface MadeEndpoint {
  readonly spec: EndpointSpec;
  readonly made: Endpoint;
}

/** The rows of shared memory that endpoints have, from one configuration to the next. */
export interface EndpointRows {
  readonly slotFor: (spec: EndpointSpec) => number;
  /**
   * Gives the endpoints of a configuration their rows.
   *
   * @throws RangeError when there is no room; none has been taken then
   */
  readonly makeEndpoints: (setup: GatewaySetup) => readonly MadeEndpoint[];
  /** The endpoint is in force no more; its row stays its own until it is released. */
  readonly leave: (endpoint: Endpoint) => void;
  /**
   * No request of the time before an endpoint left is under way any more.
   *
   * @param isBack whether it is in force again
   * @returns whether its row is free for another one now
   */
  readonly release: (endpoint: Endpoint, isBack: boolean) => boolean;
}

/** @param capacity number of rows */
export function createEndpointRows(capacity: number): EndpointRows {
  const slots = createSlotAllocator(capacity);
  /** How often the endpoint of a row left without having been released. */
  const departures = new Map<number, number>();

  function takeRows(specs: readonly EndpointSpec[]): readonly number[] {
    try {
      return slots.reserve(specs);
    } catch (error) {
      throw new RangeError(
        "no room for new endpoints beside those that left: wait for their requests to end, or raise limits.max_endpoints",
        { cause: error },
      );
    }
  }

  return {
    slotFor: (spec) => slots.slotFor(spec),
    makeEndpoints({ endpoints: specs, profiles }) {
      const taken = takeRows(specs);
      try {
        return specs.map((spec) => ({
          spec,
          made: toEndpoint(spec, slots.slotFor(spec), profiles),
        }));
      } catch (error) {
        for (const slot of taken) slots.release(slot);
        throw error;
      }
    },
    leave({ slot }) {
      departures.set(slot, (departures.get(slot) ?? 0) + 1);
    },
    release({ slot }, isBack) {
      // One that came back and left again may still have requests of that time.
      const remaining = (departures.get(slot) ?? 1) - 1;
      if (remaining > 0) departures.set(slot, remaining);
      else departures.delete(slot);
      if (remaining > 0 || isBack) return false;
      slots.release(slot);
      return true;
    },
  };
}
