import { type Endpoint, type ProviderProfile, usualPath } from "@olla-ts/core";
import type { EndpointSpec } from "@olla-ts/core/ports";

import { parseEndpointUrl, resolveEndpointUrl } from "./endpoint-url.ts";

/** What is known about provider types. */
export interface ProviderTypes {
  /** Canonical type → profile. */
  readonly profiles: ReadonlyMap<string, ProviderProfile>;
  /** The canonical type of any accepted spelling; `auto` for `auto` and for nothing; undefined when unknown. */
  canonicalType(spelling: string): string | undefined;
}

/** Priority of an endpoint whose type, being `auto`, has no profile to say one. */
const AUTO_PRIORITY = 100;

/**
 * Completes a described endpoint with its row and the defaults of its profile.
 *
 * An endpoint of type `auto` uses the probe and the model list of the
 * `openai-compatible` profile, which every known server answers in some form.
 *
 * @throws RangeError naming the endpoint, when its type is unknown or a URL is unusable
 */
export function toEndpoint(spec: EndpointSpec, slot: number, types: ProviderTypes): Endpoint {
  const type = types.canonicalType(spec.type);
  if (type === undefined) {
    const known = ["auto", ...types.profiles.keys()].toSorted().join(", ");
    throw new RangeError(
      `endpoint "${spec.name}": unknown type "${spec.type}"; use one of ${known}`,
    );
  }
  const profile = types.profiles.get(type);
  const paths = profile ?? types.profiles.get("openai-compatible");
  try {
    const address = parseEndpointUrl(spec.url);
    const { origin, basePath } = address;
    const urlOf = (configured: string | undefined, usual: string): string =>
      configured === undefined
        ? resolveEndpointUrl({ url: origin, origin, basePath: "" }, usualPath(basePath, usual))
        : resolveEndpointUrl(address, configured);
    return {
      slot,
      name: spec.name,
      ...address,
      type,
      priority: spec.priority ?? profile?.defaultPriority ?? AUTO_PRIORITY,
      preservePath: spec.preservePath,
      healthUrl: urlOf(spec.healthCheckUrl, paths?.healthPath ?? "/"),
      modelsUrl: urlOf(spec.modelUrl, paths?.modelsPath ?? "/v1/models"),
      checkIntervalMs: spec.checkIntervalMs,
      checkTimeoutMs: spec.checkTimeoutMs,
      modelFilter: spec.modelFilter,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`endpoint "${spec.name}": ${error.message}`, { cause: error });
  }
}
