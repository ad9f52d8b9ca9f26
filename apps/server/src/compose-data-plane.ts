import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

import { createSharedStickyStore, readAffinity } from "@olla-ts/balancer";
import type { Affinity } from "@olla-ts/core";
import type { Logger, ProxyEngine, StickyStore } from "@olla-ts/core/ports";
import { rateLimitHeaders, redactQuery } from "@olla-ts/security";

import type { ControlPlane } from "./compose-control.ts";
import { createAccessPolicy, type Dashboard } from "./compose-dashboard.ts";
import { encodeVectors } from "./compose-embeddings.ts";
import { createBalancer, toRetryRules } from "./compose-engine.ts";
import { createExplain } from "./compose-explain.ts";
import type { Foundation } from "./compose-foundation.ts";
import { composeInspector } from "./compose-inspector.ts";
import { createClientLimits } from "./compose-limits.ts";
import { profileLimits } from "./compose-places.ts";
import { createServices } from "./compose-services.ts";
import type { ServedSetup } from "./compose-setup.ts";
import { createTranslations } from "./compose-translation.ts";
import { createUsageReaders } from "./compose-usage.ts";
import type { ConfigFile } from "./config/schema.ts";
import { isDashboardTarget } from "./dashboard/handle-dashboard.ts";
import type { RequestWatch } from "./dashboard/request-watch.ts";
import { createCors, type CorsRules } from "./http/cors.ts";
import { type ServingPlane, singleHeader } from "./http/gateway-server.ts";
import { targetOf } from "./http/head-fault.ts";
import { createLocalApp } from "./http/local-app.ts";
import { createLocalListener } from "./http/local-listener.ts";
import type { Services } from "./http/services.ts";
import { ANTHROPIC, isAnsweredLocally } from "./pipeline/anthropic-request.ts";
import type { EndpointPlaces } from "./pipeline/endpoint-places.ts";
import type { RouteExplanation, RouteQuestion } from "./pipeline/explanation.ts";
import { createNativeSupport } from "./pipeline/native-support.ts";
import { createPathRules } from "./pipeline/path-rules.ts";
import type { PipelineOptions } from "./pipeline/pipeline.ts";
import type { ProxyRoute } from "./pipeline/proxy-route.ts";
import { requestIdOf } from "./pipeline/request-id.ts";
import { RunningRequests } from "./pipeline/running-requests.ts";
import { isModelDetail, listFormat } from "./routes/models.ts";
import { isOllamaLocal } from "./routes/ollama.ts";

export interface DataPlaneOptions {
  readonly foundation: Foundation;
  readonly control: ControlPlane;
  readonly engine: ProxyEngine;
  readonly places: EndpointPlaces;
  readonly log: Logger;
  /** Undefined when there is no dashboard. */
  readonly watch: RequestWatch | undefined;
  readonly dashboard: Dashboard | undefined;
}

/** Everything that serves requests under one configuration. Dispose it once none is left. */
export interface DataPlane extends ServingPlane, AsyncDisposable {
  readonly running: RunningRequests;
  readonly balancer: string;
  readonly services: Services;
  /** Where a request would go under this configuration. */
  readonly explain: (question: RouteQuestion) => RouteExplanation;
}

/** Longest answer that the profile `standard` holds back. */
const HELD_BYTES = 8 * 1_024 * 1_024;

/** Builds it of adapters; reads from what depends on nothing to the routes. */
export function createDataPlane(
  setup: ServedSetup,
  { foundation, control, engine, places, log, watch, dashboard }: DataPlaneOptions,
): DataPlane {
  const { config } = setup;
  const { shared, states, clock, random, version, stats, translators } = foundation;
  const { max_endpoints } = config.limits;
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
    adminPaths: [...setup.profiles.profiles.values()].flatMap((profile) => profile.adminPaths),
    allowedAdminPaths: config.proxy.allowed_admin_paths,
    strict: config.proxy.strict_paths,
  });
  const pipeline: PipelineOptions = {
    pathRules,
    clientAddress: limits.clientAddress,
    checkHead: (method, target, headers) => limits.requests.checkHead(method, target, headers),
    limiter: limits.limiter,
    maxBodyBytes: request_limits.max_body_size,
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
    rediscover: control.rediscover,
    engine,
    balancer,
    retry: toRetryRules(config.proxy),
    random,
    translate: createTranslations({ clock, randomId: () => randomBytes(12).toString("hex") }),
    encodeVectors,
    createUsageReader: createUsageReaders(setup.profiles.extractions),
    inFlight: ({ slot }) => states.inFlight(slot),
    places,
    limitsOf: profileLimits[config.proxy.profile_limits],
    native: createNativeSupport(
      clock,
      config.translators.anthropic.passthrough_enabled,
      max_endpoints,
    ),
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
    watch: watch?.record,
    rateFields: ({ rate }) => (rate === undefined ? [] : rateLimitHeaders(rate, clock.wallTime())),
  };
  const isLocal = (method: string, { prefix, scope, path }: ProxyRoute): boolean =>
    listFormat(scope, path) !== undefined ||
    isOllamaLocal(scope, path, (one) => pathRules.isAllowedAdmin(one)) ||
    isModelDetail(method, path, control.table()) ||
    (prefix === ANTHROPIC && isAnsweredLocally(path));
  const explain = createExplain(setup, control, { ...pipeline, isLocal });
  const services = createServices(setup, {
    foundation,
    control,
    stickyStore,
    explain: {
      route: explain,
      clientAddress: limits.clientAddress,
      maxBodyBytes: request_limits.max_body_size,
    },
  });
  const cors = config.server.cors.enabled ? createCors(corsRules(config)) : undefined;
  const requestId = (request: IncomingMessage): string =>
    requestIdOf(singleHeader(request, "x-request-id"), random);
  const healthLimit = { limiter: limits.healthLimiter, clientAddress: limits.clientAddress };
  const gate = config.dashboard.gate_internal_api ? createAccessPolicy(config) : undefined;
  const localApp = createLocalApp({ services, requestId, cors, gate, healthLimit });
  const documents = createLocalListener(localApp, random);
  return {
    pipeline,
    cors,
    local: (request, response) =>
      dashboard !== undefined && isDashboardTarget(targetOf(request))
        ? dashboard.handle(request, response)
        : documents(request, response),
    isLocal,
    explain,
    running,
    balancer: balancer.strategy,
    services,
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
