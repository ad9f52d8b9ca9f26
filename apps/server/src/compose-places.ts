import type {
  Endpoint,
  ProfileLimits,
  ProviderProfile,
  SharedLeases,
  SharedSignal,
} from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import type { ConfigFile } from "./config/schema.ts";
import { createEndpointPlaces, type EndpointPlaces } from "./pipeline/endpoint-places.ts";

type LimitsOf = (profile: ProviderProfile | undefined) => ProfileLimits | undefined;

/**
 * The limits of a profile that are in force. Those of the built-in profiles are rules
 * of thumb, which must not hold back a server that can do more.
 */
export const profileLimits: Readonly<Record<ConfigFile["proxy"]["profile_limits"], LimitsOf>> = {
  own: (profile) => profile?.ownLimits,
  all: (profile) => profile?.limits,
  off: () => undefined,
};

/** Longest wait for room at an endpoint whose profile states no timeout, in milliseconds. */
const WAIT_MS = 30_000;

export interface PlaceParts {
  /** In force now. */
  readonly proxy: () => ConfigFile["proxy"];
  readonly clock: Clock;
  readonly inFlight: (endpoint: Endpoint) => number;
  readonly profileOf: (endpoint: Endpoint) => ProviderProfile | undefined;
  readonly keptPlaces: SharedLeases;
  readonly waitingRoom: SharedLeases;
  /** Given with every request that ends in any of several threads. */
  readonly vacancies: SharedSignal | undefined;
}

/** Keeps each endpoint at the number of requests that its profile allows. */
export function composePlaces({
  proxy,
  clock,
  inFlight,
  profileOf,
  keptPlaces,
  waitingRoom,
  vacancies,
}: PlaceParts): EndpointPlaces {
  const limitsOf = (endpoint: Endpoint): ProfileLimits | undefined =>
    profileLimits[proxy().profile_limits](profileOf(endpoint));
  return createEndpointPlaces({
    clock,
    inFlight,
    kept: keptPlaces,
    waitingRoom,
    limitOf: (endpoint) => limitsOf(endpoint)?.maxConcurrentRequests ?? 0,
    maxWaiting: () => proxy().max_queued_per_endpoint,
    vacancies,
    waitMsOf: (endpoints) =>
      Math.min(WAIT_MS, ...endpoints.map((endpoint) => limitsOf(endpoint)?.timeoutMs ?? WAIT_MS)),
  });
}
