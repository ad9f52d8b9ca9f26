import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { createSharedStickyStore, readAffinity } from "@olla-ts/balancer";
import type { Affinity, Endpoint, ErrorCode, HeaderList, RoutingTable } from "@olla-ts/core";
import type { Logger, ProxyEngine, StickyStore } from "@olla-ts/core/ports";
import type { ProfileCatalogue } from "@olla-ts/providers";
import { rateLimitHeaders, redactQuery } from "@olla-ts/security";

import { encodeVectors } from "./compose-embeddings.ts";
import { createBalancer, toRetryRules } from "./compose-engine.ts";
import type { Foundation } from "./compose-foundation.ts";
import { composeInspector } from "./compose-inspector.ts";
import { type ClientLimits, createClientLimits } from "./compose-limits.ts";
import { profileLimits } from "./compose-places.ts";
import { createTranslations } from "./compose-translation.ts";
import { createUsageReaders } from "./compose-usage.ts";
import type { ConfigFile } from "./config/schema.ts";
import { type Cors, createCors, type CorsRules } from "./http/cors.ts";
import { type ServingPlane, singleHeader } from "./http/gateway-server.ts";
import { ANTHROPIC, isAnsweredLocally } from "./pipeline/anthropic-request.ts";
import { BodyMemory } from "./pipeline/body-memory.ts";
import { DecisionMemo } from "./pipeline/decision-memo.ts";
import type { EndpointPlaces } from "./pipeline/endpoint-places.ts";
import { createNativeSupport } from "./pipeline/native-support.ts";
import { createPathRules } from "./pipeline/path-rules.ts";
import type { PipelineOptions } from "./pipeline/pipeline.ts";
import type { ProxyRoute } from "./pipeline/proxy-route.ts";
import { requestIdOf } from "./pipeline/request-id.ts";
import { decide } from "./pipeline/route.ts";
import { RunningRequests } from "./pipeline/running-requests.ts";
import { isModelDetail, listFormat } from "./routes/models.ts";
import { isOllamaLocal } from "./routes/ollama.ts";

/** What the data plane asks of the control plane, which may run in another thread. */
export interface ControlLink {
  /** The table in force now. */
  readonly table: () => RoutingTable;
  /** Asks every endpoint for its models again; resolves to the table in force then. */
  readonly rediscover: (timeoutMs: number) => Promise<RoutingTable>;
  /** Tells of a failure that takes the endpoint out. */
  readonly reportFailure: (endpoint: Endpoint, code: ErrorCode) => void;
  /** Fields of the gateway's own requests to an endpoint. */
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
}

/** The configuration of a data plane. */
export interface PlaneSetup {
  readonly config: ConfigFile;
  readonly profiles: Pick<ProfileCatalogue, "profiles" | "extractions">;
}

/** Parts of a data plane that the routes share which are not forwarded. */
export interface LocalParts extends Pick<ServingPlane, "isLocal"> {
  readonly pipeline: PipelineOptions;
  readonly stickyStore: StickyStore | undefined;
  readonly limits: ClientLimits;
  readonly cors: Cors | undefined;
  readonly requestId: (request: IncomingMessage) => string;
}

/** Answers one request that is not forwarded. */
export type LocalListener = (request: IncomingMessage, response: ServerResponse) => void;

/** The routes that are not forwarded, under one configuration. */
export interface LocalRoutes {
  readonly listener: LocalListener;
}

export interface DataPlaneOptions<Local extends LocalRoutes> {
  readonly foundation: Foundation;
  readonly control: Pick<ControlLink, "rediscover" | "table">;
  readonly engine: ProxyEngine;
  readonly places: EndpointPlaces;
  readonly log: Logger;
  readonly createLocal: (parts: LocalParts) => Local;
  /** Told of every request; undefined when there is no dashboard. */
  readonly watch: PipelineOptions["watch"];
  readonly tracing: PipelineOptions["tracing"];
}

/** Everything that serves requests under one configuration. Dispose it once none is left. */
export interface DataPlane<Local extends LocalRoutes = LocalRoutes>
  extends ServingPlane, AsyncDisposable {
  readonly running: RunningRequests;
  readonly balancer: string;
  readonly routes: Local;
}

/** Longest answer that the profile `standard` holds back. */
const HELD_BYTES = 8 * 1_024 * 1_024;

/** Builds it of adapters; reads from what depends on nothing to the routes. */
export function createDataPlane<Local extends LocalRoutes>(
  { config, profiles }: PlaneSetup,
  {
    foundation,
    control,
    engine,
    places,
    log,
    createLocal,
    watch,
    tracing,
  }: DataPlaneOptions<Local>,
): DataPlane<Local> {
  const { shared, states, clock, random, version, stats, translators } = foundation;
  const started = new AsyncDisposableStack();
  const running = new RunningRequests();
  const inspector = started.use(composeInspector(config, { clock, log }));
  const sticky = config.proxy.sticky_sessions;
  const stickyStore: StickyStore | undefined = sticky.enabled
    ? createSharedStickyStore({
        shared,
        clock,
        maxSessions: sticky.max_sessions,
        idleTtlSeconds: sticky.idle_ttl_seconds,
      })
    : undefined;
  const balancer = createBalancer(config.proxy, { shared, states, clock, random }, stickyStore);

  const { request_limits, request_logging } = config.server;
  const limits = started.use(createClientLimits(config.server, { shared, clock }));

  const pathRules = createPathRules({
    adminPaths: [...profiles.profiles.values()].flatMap((profile) => profile.adminPaths),
    allowedAdminPaths: config.proxy.allowed_admin_paths,
    strict: config.proxy.strict_paths,
  });
  const pipeline: PipelineOptions = {
    pathRules,
    clientAddress: limits.clientAddress,
    checkHead: (method, target, headers) => limits.requests.checkHead(method, target, headers),
    limiter: limits.limiter,
    maxBodyBytes: request_limits.max_body_size,
    bodyMemory: new BodyMemory(),
    maxMessageBytes: config.translators.anthropic.max_message_size,
    readAffinity: sticky.enabled
      ? (facts) =>
          readAffinity(
            { sources: keySources(config), prefixBytes: sticky.prefix_hash_bytes },
            facts,
          )
      : undefined,
    inspector,
    conditions: states,
    decisions: new DecisionMemo(decide, states),
    rediscover: control.rediscover,
    engine,
    balancer,
    retry: toRetryRules(config.proxy),
    random,
    translate: createTranslations({ clock, randomId: () => randomBytes(12).toString("hex") }),
    encodeVectors,
    createUsageReader: createUsageReaders(profiles.extractions),
    inFlight: ({ slot }) => states.inFlight(slot),
    places,
    limitsOf: profileLimits[config.proxy.profile_limits],
    native: createNativeSupport({
      clock,
      anthropicPassthrough: config.translators.anthropic.passthrough_enabled,
      refusedUntil: foundation.nativeRefusals,
    }),
    isTrustedPeer: limits.isTrustedPeer,
    keepAliveMs: config.proxy.stream_keep_alive,
    heldBytes: config.proxy.profile === "standard" ? HELD_BYTES : 0,
    version,
    stats,
    translators,
    running,
    clock,
    log: log.child({ component: "proxy" }),
    accessLog: request_logging && logsInfo(config) ? log : undefined,
    redactQuery,
    watch,
    tracing,
    rateFields: ({ rate }) => (rate === undefined ? [] : rateLimitHeaders(rate, clock.wallTime())),
  };
  const cors = config.server.cors.enabled ? createCors(corsRules(config)) : undefined;
  const requestId = (request: IncomingMessage): string =>
    requestIdOf(singleHeader(request, "x-request-id"), random);
  const isLocal = (method: string, { prefix, scope, path }: ProxyRoute): boolean =>
    listFormat(scope, path) !== undefined ||
    isOllamaLocal(scope, path, (one) => pathRules.isAllowedAdmin(one)) ||
    isModelDetail(method, path, control.table()) ||
    (prefix === ANTHROPIC && isAnsweredLocally(path));
  const routes = createLocal({ pipeline, isLocal, stickyStore, limits, cors, requestId });
  return {
    pipeline,
    cors,
    local: routes.listener,
    routes,
    isLocal,
    running,
    balancer: balancer.strategy,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Access lines are of level info: at a higher level they need not be made. */
function logsInfo({ logging }: ConfigFile): boolean {
  return !["warn", "warning", "error"].includes(logging.level.toLowerCase());
}

function keySources({ proxy }: ConfigFile): readonly Affinity["source"][] {
  const known: readonly Affinity["source"][] = [
    "session_header",
    "prefix_hash",
    "auth_header",
    "ip",
  ];
  return proxy.sticky_sessions.key_sources.flatMap((name) =>
    known.filter((source) => source === name),
  );
}

function corsRules({ server: { cors } }: ConfigFile): CorsRules {
  return {
    allowedOrigins: cors.allowed_origins,
    allowedMethods: cors.allowed_methods,
    allowedHeaders: cors.allowed_headers,
    exposedHeaders: cors.exposed_headers,
    allowCredentials: cors.allow_credentials,
    maxAgeSeconds: cors.max_age,
  };
}
