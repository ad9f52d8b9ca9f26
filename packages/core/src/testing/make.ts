import type { Endpoint } from "../domain/endpoint.ts";
import type { Intent } from "../domain/intent.ts";
import type { ProfileLimits, ProviderProfile } from "../domain/provider-profile.ts";
import type { ModelRoute, RoutingTable } from "../domain/routing-table.ts";

/** An endpoint with plausible values; name and slot make it unique. */
export function makeEndpoint(over: Partial<Endpoint> = {}): Endpoint {
  const slot = over.slot ?? 0;
  const name = over.name ?? `endpoint-${slot}`;
  const url = over.url ?? `http://127.0.0.1:${20_000 + slot}`;
  const { origin, pathname } = new URL(url);
  return {
    slot,
    name,
    url,
    origin,
    basePath: pathname === "/" ? "" : pathname.replace(/\/$/, ""),
    type: "openai-compatible",
    priority: 100,
    preservePath: false,
    healthUrl: `${url}/health`,
    modelsUrl: `${url}/v1/models`,
    checkIntervalMs: 5_000,
    checkTimeoutMs: 2_000,
    modelFilter: { include: [], exclude: [] },
    ...over,
  };
}

const NO_LIMITS: ProfileLimits = { timeoutMs: undefined, maxConcurrentRequests: undefined };

/** A profile of an OpenAI-style server. */
export function makeProfile(over: Partial<ProviderProfile> = {}): ProviderProfile {
  const type = over.type ?? "openai-compatible";
  return {
    type,
    displayName: type,
    prefixes: [type],
    aliases: [],
    openaiCompatible: true,
    healthPath: "/health",
    modelsPath: "/v1/models",
    loadedModelsPath: undefined,
    keyHeader: undefined,
    modelListFormat: "openai",
    paths: ["/v1/models", "/v1/chat/completions", "/v1/completions", "/v1/embeddings"],
    adminPaths: [],
    operations: { chat: "/v1/chat/completions", models: "/v1/models" },
    anthropic: undefined,
    defaultPriority: 100,
    defaultPorts: [],
    limits: NO_LIMITS,
    ownLimits: NO_LIMITS,
    ...over,
  };
}

/** What a plain chat request wants. */
export function makeIntent(over: Partial<Intent> = {}): Intent {
  return {
    scope: undefined,
    path: "/v1/chat/completions",
    query: "",
    operation: "chat",
    model: undefined,
    stream: false,
    affinity: undefined,
    ...over,
  };
}

/** A table in which each model is listed by the endpoints of the given names. */
export function makeRoutingTable(
  endpoints: readonly Endpoint[],
  models: Readonly<Record<string, readonly string[]>> = {},
  over: Partial<RoutingTable> = {},
): RoutingTable {
  const routes = Object.entries(models).map(([name, holders], slot): [string, ModelRoute] => [
    name.toLowerCase(),
    {
      slot,
      name,
      endpoints: endpoints.filter((endpoint) => holders.includes(endpoint.name)),
      upstreamNames: new Map(),
    },
  ]);
  return {
    version: 1,
    endpoints,
    models: new Map(routes),
    aliases: new Map(),
    profiles: new Map([["openai-compatible", makeProfile()]]),
    scopes: new Map(),
    pathTypes: new Map(),
    pathOperations: new Map(),
    upstreamHeaders: new Map(),
    upstreamQueries: new Map(),
    strategy: {
      type: "strict",
      fallback: "compatible_only",
      refreshOnMiss: false,
      refreshTimeoutMs: 2_000,
    },
    catalogued: true,
    ...over,
  };
}
