import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";

import { createSharedStickyStore, readAffinity } from "@olla-ts/balancer";
import { createSharedState, EndpointStates, type Affinity, type Endpoint } from "@olla-ts/core";
import type {
  AttemptObserver,
  Clock,
  Logger,
  RandomSource,
  StickyStore,
} from "@olla-ts/core/ports";
import { UsageTail } from "@olla-ts/dialects";
import { createCircuitBreaker } from "@olla-ts/health";
import {
  createCidrMatcher,
  createClientAddressReader,
  createRateLimiter,
  createRequestLimits,
  rateLimitHeaders,
  redactQuery,
} from "@olla-ts/security";
import { createStatsCollector, createTranslatorStats } from "@olla-ts/stats";

import type { EndpointLine } from "./cli/summary.ts";
import { createControlPlane } from "./compose-control.ts";
import { createAccessPolicy, createDashboard, createDashboardWatch } from "./compose-dashboard.ts";
import { encodeVectors } from "./compose-embeddings.ts";
import { createBalancer, createEngine } from "./compose-engine.ts";
import { composeInspector } from "./compose-inspector.ts";
import { createServices } from "./compose-services.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { createTranslations } from "./compose-translation.ts";
import type { ConfigFile } from "./config/schema.ts";
import { isDashboardTarget } from "./dashboard/handle-dashboard.ts";
import { createCors, type CorsRules } from "./http/cors.ts";
import { createGatewayServer, singleHeader, type ListenerLimits } from "./http/gateway-server.ts";
import { targetOf } from "./http/head-fault.ts";
import { createLocalApp } from "./http/local-app.ts";
import { createLocalListener } from "./http/local-listener.ts";
import { ANTHROPIC, isAnsweredLocally } from "./pipeline/anthropic-request.ts";
import { createNativeSupport } from "./pipeline/native-support.ts";
import type { PipelineOptions } from "./pipeline/pipeline.ts";
import { requestIdOf } from "./pipeline/request-id.ts";
import { listFormat } from "./routes/models.ts";
import { isOllamaLocal } from "./routes/ollama.ts";

/** The outside world. */
export interface Ambient {
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly fetch: typeof globalThis.fetch;
  readonly version: string;
}

/** A gateway that is not listening yet. Disposing ends probes, connections and requests. */
export interface Gateway extends AsyncDisposable {
  readonly server: Server;
  /** Ends what would never end by itself: the pages that are kept up to date. */
  readonly beginDrain: () => void;
  /** Resolves when every endpoint was probed and asked for its models once, or after `timeoutMs`. */
  readonly firstRound: (timeoutMs: number) => Promise<void>;
  /** What a start-up summary tells. */
  readonly describe: () => {
    readonly version: string;
    readonly engine: string;
    readonly balancer: string;
    readonly simulated: boolean;
    readonly endpoints: readonly EndpointLine[];
  };
}

/** The one place where ports meet adapters; reads from what depends on nothing to the listener. */
export async function compose(
  setup: GatewaySetup & { readonly simulated: boolean },
  { log, clock, random, fetch, version }: Ambient,
): Promise<Gateway> {
  await using started = new AsyncDisposableStack();
  const { config } = setup;
  const { max_endpoints, max_models } = config.limits;

  const inspector = started.use(composeInspector(config, { clock, log }));
  const shared = createSharedState();
  const states = new EndpointStates(shared, max_endpoints);
  const stats = createStatsCollector({
    shared,
    clock,
    endpointCapacity: max_endpoints,
    modelCapacity: max_models,
  });
  const translators = createTranslatorStats({ shared, clock });
  const answeredAt = new Map<number, number>();
  const breaker = started.use(
    createCircuitBreaker({
      shared,
      states,
      capacity: max_endpoints,
      clock,
      onChange: (endpoint, state) =>
        log.warn({ endpoint: endpoint.name, state }, "Circuit breaker changed"),
    }),
  );
  const control = started.use(
    createControlPlane(setup, {
      states,
      clock,
      random,
      fetch,
      log,
      version,
      trafficAt: ({ slot }) => answeredAt.get(slot),
      onModelSlotReuse: (slot) => stats.forgetModel(slot),
      onRecovery: (endpoint) => breaker.reset(endpoint),
    }),
  );

  const observer: AttemptObserver = {
    attemptStarted: ({ slot }) => states.acquire(slot),
    attemptEnded: (endpoint, { error, status }) => {
      states.release(endpoint.slot);
      if (error?.failure.takesOut === true) control.health.reportFailure(endpoint, error.code);
      else if (status !== undefined) answeredAt.set(endpoint.slot, clock.wallTime());
    },
  };
  const engine = started.use(
    createEngine(config.proxy, {
      shared,
      states,
      clock,
      random,
      observer,
      breaker,
      headersFor: control.headersFor,
    }),
  );
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

  const { rate_limits, request_limits, request_logging } = config.server;
  const limits = createRequestLimits({
    maxBodyBytes: request_limits.max_body_size,
    maxHeaderBytes: request_limits.max_header_size,
  });
  const isTrustedProxy = createCidrMatcher(rate_limits.trusted_proxy_cidrs);
  const limiter = createRateLimiter({
    shared,
    clock,
    perClientPerMinute: rate_limits.per_ip_requests_per_minute,
    globalPerMinute: rate_limits.global_requests_per_minute,
    burst: rate_limits.burst_size,
    maxClients: rate_limits.max_clients,
  });

  started.use(repeat(clock, rate_limits.cleanup_interval, () => limiter.sweep()));

  const watch = createDashboardWatch(config, clock);
  const pipeline: PipelineOptions = {
    clientAddress: createClientAddressReader({
      trustedCidrs: rate_limits.trusted_proxy_cidrs,
      trustProxyHeaders: rate_limits.trust_proxy_headers,
    }),
    checkHead: (method, target, headers) => limits.checkHead(method, target, headers),
    limiter,
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
    translate: createTranslations({ clock, randomId: () => randomBytes(12).toString("hex") }),
    encodeVectors,
    createUsageReader: () => new UsageTail(),
    inFlight: ({ slot }) => states.inFlight(slot),
    native: createNativeSupport(
      clock,
      config.translators.anthropic.passthrough_enabled,
      max_endpoints,
    ),
    isTrustedPeer: (address) => rate_limits.trust_proxy_headers && isTrustedProxy(address),
    keepAliveMs: config.proxy.stream_keep_alive,
    version,
    stats,
    translators,
    clock,
    log: log.child({ component: "proxy" }),
    accessLog: request_logging && logsInfo(config) ? log : undefined,
    redactQuery,
    watch: watch?.record,
    rateFields: ({ rate }) => (rate === undefined ? [] : rateLimitHeaders(rate, clock.wallTime())),
  };
  const services = started.use(
    createServices(setup, {
      version,
      clock,
      shared,
      states,
      stats,
      translators,
      control,
      stickyStore,
      ...(config.proxy.engine === "olla" && { breaker }),
    }),
  );
  const cors = config.server.cors.enabled ? createCors(corsRules(config)) : undefined;
  const requestId = (request: IncomingMessage): string =>
    requestIdOf(singleHeader(request, "x-request-id"), random);
  const gate = config.dashboard.gate_internal_api ? createAccessPolicy(config) : undefined;
  const documents = createLocalListener(
    createLocalApp({ services, requestId, cors, gate }),
    random,
  );
  const dashboard =
    watch &&
    started.use(
      createDashboard({
        setup: () => setup,
        services: () => services,
        stats,
        watch,
        clock,
        log: log.child({ component: "dashboard" }),
        requestId,
      }),
    );
  const server = createGatewayServer({
    limits: listenerLimits(config, limits.maxHeaderBytes),
    table: control.table,
    pipeline,
    cors,
    local: (request, response) =>
      dashboard !== undefined && isDashboardTarget(targetOf(request))
        ? dashboard.handle(request, response)
        : documents(request, response),
    isLocal: (_, { prefix, scope, path }) =>
      listFormat(scope, path) !== undefined ||
      isOllamaLocal(scope, path) ||
      (prefix === ANTHROPIC && isAnsweredLocally(path)),
    clock,
    random,
  });
  started.defer(() => server.closeAllConnections());
  control.start();

  const owned = started.move();
  return {
    server,
    beginDrain: () => dashboard?.beginDrain(),
    firstRound: control.firstRound,
    describe: () => ({
      version,
      engine: engine.name,
      balancer: balancer.strategy,
      simulated: setup.simulated,
      endpoints: control.table().endpoints.map((endpoint) => endpointLine(endpoint)),
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };

  function endpointLine(endpoint: Endpoint): EndpointLine {
    const { status, lastError } = control.health.getStatus(endpoint);
    const models = control.registry.modelsOf(endpoint)?.models.map(({ name }) => name) ?? [];
    return {
      name: endpoint.name,
      url: endpoint.url,
      type: endpoint.type,
      status,
      models,
      problem: lastError,
    };
  }
}

/** Runs again and again until disposed; 0 never runs. */
function repeat(clock: Clock, everyMs: number, work: () => void): Disposable {
  let timer: Disposable | undefined;
  const again = (): void => {
    timer = clock.schedule(() => {
      work();
      again();
    }, everyMs);
  };
  if (everyMs > 0) again();
  return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
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

function listenerLimits({ server }: ConfigFile, maxHeaderBytes: number): ListenerLimits {
  return {
    requestTimeoutMs: server.read_timeout,
    headersTimeoutMs: server.read_header_timeout === 0 ? 10_000 : server.read_header_timeout,
    idleTimeoutMs: server.idle_timeout === 0 ? server.read_timeout : server.idle_timeout,
    writeTimeoutMs: server.write_timeout,
    maxHeaderBytes,
  };
}
