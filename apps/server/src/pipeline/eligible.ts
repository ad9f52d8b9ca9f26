import {
  EQUIVALENT_OPERATIONS,
  planServing,
  servesAsItIs,
  type Endpoint,
  type ServingPlan,
} from "@olla-ts/core";

import type { Exchange } from "./exchange.ts";
import type { NativeSupport } from "./native-support.ts";
import { preferNative } from "./prefer-native.ts";
import type { TranslationFactory } from "./translation.ts";

export interface EligibleOptions {
  /** Undefined: nothing is translated, every request goes out as it came. */
  readonly translate: TranslationFactory | undefined;
  readonly native: NativeSupport;
  /** Requests that an endpoint is serving now. */
  readonly inFlight: (endpoint: Endpoint) => number;
}

/** The parts of an exchange that tell who could serve it, and how. */
type Understood = Pick<Exchange, "table" | "intent" | "translation">;

/**
 * Those of the endpoints among which the balancer selects.
 *
 * @param open those that have room for the request
 */
export function eligibleEndpoints(
  exchange: Understood,
  open: readonly Endpoint[],
  options: EligibleOptions,
): readonly Endpoint[] {
  if (!mayTranslate(exchange, options)) return open;
  const { table, intent, translation } = exchange;
  const operation = intent?.operation;
  return preferNative(
    open,
    (endpoint) => {
      const profile = table.profiles.get(endpoint.type);
      const native = options.native.allows(endpoint, profile, operation, translation);
      return servesAsItIs(profile, operation, native);
    },
    options.inFlight,
  );
}

/** How an endpoint would serve the request. */
export function planFor(
  { table, intent, translation }: Understood,
  endpoint: Endpoint,
  { translate, native }: Pick<EligibleOptions, "translate" | "native">,
): ServingPlan {
  const operation = intent?.operation;
  if (translate === undefined) return { mode: "passthrough", operation };
  const profile = table.profiles.get(endpoint.type);
  return planServing(profile, operation, native.allows(endpoint, profile, operation, translation));
}

function mayTranslate({ intent }: Understood, { translate }: EligibleOptions): boolean {
  const operation = intent?.operation;
  return (
    translate !== undefined &&
    operation !== undefined &&
    EQUIVALENT_OPERATIONS[operation] !== undefined
  );
}
