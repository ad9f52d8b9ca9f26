import { withQuery, type Endpoint, type HeaderList } from "@olla-ts/core";
import type { EndpointSpec, Logger } from "@olla-ts/core/ports";
import { toEndpoint } from "@olla-ts/discovery";
import { detectProvider } from "@olla-ts/providers";

import type { GatewaySetup } from "./compose-setup.ts";
import { probeGet } from "./http/probe-get.ts";

/** Kind of server that every other one resembles enough. */
const GENERAL = "openai-compatible";

export interface DetectionParts {
  /** In force now. */
  readonly setup: () => Pick<GatewaySetup, "profiles">;
  /** What the configuration in force says of an endpoint. */
  readonly specOf: (endpoint: Endpoint) => EndpointSpec | undefined;
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  readonly queryFor: (endpoint: Endpoint) => string;
  readonly log: Logger;
}

/**
 * Finds out what serves at the addresses of type `auto`, again after each came back, and
 * again after it did not answer everything that was asked.
 */
export interface Detection {
  /** Whether the type of the endpoint has to be found out before its models are asked for. */
  isDue(endpoint: Endpoint): boolean;
  /** Whoever serves there next may be of another kind. The endpoint, probed as any kind can be. */
  forget(endpoint: Endpoint): Endpoint;
  /** The type that answers there, as far as its profile is loaded. */
  detect(endpoint: Endpoint, signal: AbortSignal): Promise<string | undefined>;
  /** The endpoint with the profile of its detected type. */
  retyped(endpoint: Endpoint, type: string): Endpoint;
}

export function createDetection({
  setup,
  specOf,
  headersFor,
  queryFor,
  log,
}: DetectionParts): Detection {
  /** Slots whose type is to be found out again; until then the former one serves. */
  const open = new Set<number>();
  /** Slot → address of which nothing could be told, as the log says. */
  const untold = new Map<number, string>();

  function withType(endpoint: Endpoint, type: string): Endpoint {
    const spec = specOf(endpoint);
    // A reload may leave out the profile of a type that was found out before.
    if (spec === undefined || setup().profiles.canonicalType(type) === undefined) return endpoint;
    return toEndpoint({ ...spec, type }, endpoint.slot, setup().profiles);
  }

  function isAuto(endpoint: Endpoint): boolean {
    const spec = specOf(endpoint);
    return spec !== undefined && setup().profiles.canonicalType(spec.type) === "auto";
  }

  return {
    isDue: (endpoint) => endpoint.type === "auto" || (open.has(endpoint.slot) && isAuto(endpoint)),
    forget(endpoint) {
      if (endpoint.type === "auto" || !isAuto(endpoint)) return endpoint;
      open.add(endpoint.slot);
      return { ...endpoint, healthUrl: withType(endpoint, "auto").healthUrl };
    },
    async detect(endpoint, signal) {
      const headers = pairsOf(headersFor(endpoint));
      const query = queryFor(endpoint);
      const detected = await detectProvider({
        baseUrl: endpoint.url,
        signal,
        get: (url, abort) => probeGet(withQuery(url, query), abort, headers),
      });
      const { slot, name, url } = endpoint;
      if (detected === undefined) {
        if (untold.get(slot) !== url) {
          untold.set(slot, url);
          log.warn({ endpoint: name, url }, "Backend type not detected");
        }
        return undefined;
      }
      untold.delete(slot);
      if (detected.isTentative) open.add(slot);
      else open.delete(slot);
      const { profiles } = setup();
      return profiles.profiles.has(detected.type) ? detected.type : profiles.canonicalType(GENERAL);
    },
    retyped: withType,
  };
}

function pairsOf(list: HeaderList): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < list.length; index += 2)
    pairs.push([list[index] ?? "", list[index + 1] ?? ""]);
  return pairs;
}
