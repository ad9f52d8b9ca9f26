import { withQuery, type Endpoint, type HeaderList } from "@olla-ts/core";
import type { EndpointSpec } from "@olla-ts/core/ports";
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
}

/** Finds out what serves at the addresses of type `auto`, and again after each came back. */
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
}: DetectionParts): Detection {
  const forgotten = new Set<number>();

  function withType(endpoint: Endpoint, type: string): Endpoint {
    const spec = specOf(endpoint);
    if (spec === undefined) return endpoint;
    return toEndpoint({ ...spec, type }, endpoint.slot, setup().profiles);
  }

  function isAuto(endpoint: Endpoint): boolean {
    const spec = specOf(endpoint);
    return spec !== undefined && setup().profiles.canonicalType(spec.type) === "auto";
  }

  return {
    isDue: ({ slot, type }) => type === "auto" || forgotten.has(slot),
    forget(endpoint) {
      if (endpoint.type === "auto" || !isAuto(endpoint)) return endpoint;
      forgotten.add(endpoint.slot);
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
      if (detected === undefined) return undefined;
      forgotten.delete(endpoint.slot);
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
