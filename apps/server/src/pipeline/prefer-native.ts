import type { Endpoint } from "@olla-ts/core";

/**
 * The candidates without those that would need a translation although another one
 * that needs none is at least as good: of no lower priority and under no more load.
 *
 * @param isNative whether an endpoint serves the request as it is
 * @param inFlight requests an endpoint is serving now
 */
export function preferNative(
  candidates: readonly Endpoint[],
  isNative: (endpoint: Endpoint) => boolean,
  inFlight: (endpoint: Endpoint) => number,
): readonly Endpoint[] {
  if (candidates.every((endpoint) => isNative(endpoint))) return candidates;
  const native = candidates.filter((endpoint) => isNative(endpoint));
  if (native.length === 0) return candidates;
  const kept = new Set(native);
  return candidates.filter(
    (endpoint) =>
      kept.has(endpoint) ||
      !native.some(
        (other) => other.priority >= endpoint.priority && inFlight(other) <= inFlight(endpoint),
      ),
  );
}
