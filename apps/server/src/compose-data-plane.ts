import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

import { createSharedStickyStore, readAffinity } from "@olla-ts/balancer";
import type { Affinity } from "@olla-ts/core";
import type { Logger, ProxyEngine, StickyStore } from "@olla-ts/core/ports";
import { UsageTail } from "@olla-ts/dialects";
import { rateLimitHeaders, redactQuery } from "@olla-ts/security";

import type { ControlPlane } from "./compose-control.ts";
import { encodeVectors } from "./compose-embeddings.ts";
import { createBalancer, toRetryRules } from "./compose-engine.ts";
import { createExplain } from "./compose-explain.ts";
import type { Foundation } from "./compose-foundation.ts";
import { composeInspector } from "./compose-inspector.ts";
import { createClientLimits } from "./compose-limits.ts";
import { createServices } from "./compose-services.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { createTranslations } from "./compose-translation.ts";
import type { ConfigFile } from "./config/schema.ts";
import { createCors, type CorsRules } from "./http/cors.ts";
import { type ServingPlane, singleHeader } from "./http/gateway-server.ts";
import { createLocalApp } from "./http/local-app.ts";
import { createLocalListener } from "./http/local-listener.ts";
import { ANTHROPIC, isAnsweredLocally } from "./pipeline/anthropic-request.ts";
import type { RouteExplanation, RouteQuestion } from "./pipeline/explanation.ts";
import { createNativeSupport } from "./pipeline/native-support.ts";
import type { PipelineOptions } from "./pipeline/pipeline.ts";
import type { ProxyRoute } from "./pipeline/proxy-route.ts";
import { requestIdOf } from "./pipeline/request-id.ts";
import { RunningRequests } from "./pipeline/running-requests.ts";
import { listFormat } from "./routes/models.ts";
import { isOllamaLocal } from "./routes/ollama.ts";

export interface DataPlaneOptions {
  readonly foundation: Foundation;
  readonly control: ControlPlane;
  readonly engine: ProxyEngine;
  readonly log: Logger;
}

/** Everything that serves requests under one configuration. Dispose it once none is left. */
export interface DataPlane extends ServingPlane, AsyncDisposable {
  readonly running: RunningRequests;
  readonly balancer: string;
  /** Where a request would go under this configuration. */
  readonly explain: (question: RouteQuestion) => RouteExplanation;
}

/** Longest answer that the profile `standard` holds back. */
const HELD_BYTES = 8 * 1_024 * 1_024;

/** Builds it of adapters; reads from what depends on nothing to the routes. */
export function createDataPlane(
  setup: GatewaySetup & { readonly simulated: boolean },
  { foundation, control, engine, log }: DataPlaneOptions,
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

  const pipeline: PipelineOptions = {
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
    createUsageReader: () => new UsageTail(),
    inFlight: ({ slot }) => states.inFlight(slot),
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
    rateFields: ({ rate }) => (rate === undefined ? [] : rateLimitHeaders(rate, clock.wallTime())),
  };
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
  const localApp = createLocalApp({ services, requestId, cors, healthLimit });
  return {
    pipeline,
    cors,
    local: createLocalListener(localApp, random),
    isLocal,
    explain,
    running,
    balancer: balancer.strategy,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function isLocal(_: string, { prefix, scope, path }: ProxyRoute): boolean {
  return (
    listFormat(scope, path) !== undefined ||
    isOllamaLocal(scope, path) ||
    (prefix === ANTHROPIC && isAnsweredLocally(path))
  );
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
