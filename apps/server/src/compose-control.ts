import {
  isRoutableStatus,
  type Endpoint,
  type EndpointStates,
  type HeaderList,
  type RoutingStrategy,
  type RoutingTable,
} from "@olla-ts/core";
import type { Clock, EndpointSpec, HealthChecker, Logger, RandomSource } from "@olla-ts/core/ports";
import {
  buildRoutingTable,
  createModelDiscovery,
  createModelRegistry,
  createSlotAllocator,
  type ModelDiscovery,
  type SlottedModelRegistry,
  toEndpoint,
} from "@olla-ts/discovery";
import { createHealthChecker } from "@olla-ts/health";

import { createDetection } from "./compose-detection.ts";
import { createModelLists } from "./compose-models.ts";
import { withAnthropicRoute, withTranslatedChats } from "./compose-scopes.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import type { ConfigFile } from "./config/schema.ts";
import { ANTHROPIC } from "./pipeline/anthropic-request.ts";
import { withAnthropicVersion } from "./pipeline/anthropic-version.ts";

/** Changes this close together make one table. */
const PUBLISH_DELAY_MS = 10;
/** How often it is looked whether the first round is over. */
const ROUND_TICK_MS = 10;

export interface ControlPlaneParts {
  readonly states: EndpointStates;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly fetch: typeof globalThis.fetch;
  readonly log: Logger;
  readonly version: string;
  /** When an endpoint last answered a request, in milliseconds since 1970. */
  readonly trafficAt: (endpoint: Endpoint) => number | undefined;
  /** Told before a model's statistics row passes to another model. */
  readonly onModelSlotReuse: (slot: number) => void;
  /** Told when an endpoint is back in rotation. */
  readonly onRecovery: (endpoint: Endpoint) => void;
}

/** Everything slow and periodic. Its product is the routing table. */
export interface ControlPlane extends Disposable {
  readonly table: () => RoutingTable;
  readonly health: HealthChecker;
  readonly discovery: ModelDiscovery;
  readonly registry: SlottedModelRegistry;
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  /** Asks every endpoint for its models again; resolves to the table in force then. */
  readonly rediscover: (timeoutMs: number) => Promise<RoutingTable>;
  /** Begins probing and asking for models. */
  readonly start: () => void;
  /** Resolves when every endpoint was probed and asked once, or after `timeoutMs`. */
  readonly firstRound: (timeoutMs: number) => Promise<void>;
}

/** Endpoints, their health, their models, and the table made of them. */
export function createControlPlane(setup: GatewaySetup, parts: ControlPlaneParts): ControlPlane {
  const { config, profiles } = setup;
  const { states, clock, random, fetch, log, version } = parts;
  const started = new DisposableStack();
  const slots = createSlotAllocator(config.limits.max_endpoints);
  const upstreamHeaders = new Map<number, HeaderList>();
  const upstreamQueries = new Map<number, string>();
  let endpoints: readonly Endpoint[] = setup.endpoints.map((spec) => introduce(spec));

  function introduce(spec: EndpointSpec): Endpoint {
    const slot = slots.slotFor(spec);
    states.reset(slot);
    upstreamHeaders.set(slot, spec.headers);
    if (spec.query !== "") upstreamQueries.set(slot, spec.query);
    return toEndpoint(spec, slot, profiles);
  }
  /** Fields of the gateway's own requests to an endpoint: probes and model lists. */
  const headersFor = ({ slot, type }: Endpoint): HeaderList => {
    const fields = upstreamHeaders.get(slot) ?? [];
    return type === ANTHROPIC ? withAnthropicVersion(fields) : fields;
  };
  const queryFor = ({ slot }: Endpoint): string => upstreamQueries.get(slot) ?? "";

  const detection = createDetection(setup, { headersFor, queryFor });

  const registry = createModelRegistry({
    clock,
    unify: config.model_registry.enable_unifier,
    maxModelSlots: config.limits.max_models,
    onSlotReuse: parts.onModelSlotReuse,
    onOverflow: ({ endpoint, admitted, dropped }) =>
      log.warn(
        { endpoint: endpoint.name, admitted, dropped },
        "Model list is longer than there is room for",
      ),
  });

  let tableVersion = 0;
  const build = (): RoutingTable => {
    const built = buildRoutingTable({
      version: (tableVersion += 1),
      endpoints,
      registry,
      aliases: config.model_aliases,
      profiles: profiles.profiles,
      upstreamHeaders,
      upstreamQueries,
      strategy: toStrategy(config.model_registry.routing_strategy),
      catalogued: config.discovery.model_discovery.enabled,
      translates: true,
    });
    const table = withTranslatedChats(built);
    return config.translators.anthropic.enabled ? withAnthropicRoute(table) : table;
  };
  let table = build();
  let publishing: Disposable | undefined;
  const publish = (): void => {
    publishing ??= clock.schedule(() => {
      publishing = undefined;
      table = build();
    }, PUBLISH_DELAY_MS);
  };

  const health = createHealthChecker({
    states,
    clock,
    random,
    fetch,
    log: log.child({ component: "health" }),
    headersFor,
    queryFor,
    version,
    trafficAt: parts.trafficAt,
    onChange: ({ endpoint, before, after }) => {
      if (isRoutableStatus(before)) {
        if (!isRoutableStatus(after)) replace(detection.forget(endpoint));
        return;
      }
      if (isRoutableStatus(after)) parts.onRecovery(endpoint);
      if (after === "healthy" && config.discovery.model_discovery.enabled) {
        void discovery.refresh(endpoint);
      }
    },
  });
  health.setEndpoints(endpoints);

  const { interval, timeout, concurrent_workers, enabled } = config.discovery.model_discovery;
  const discovery = createModelDiscovery({
    endpoints: () => endpoints,
    isRoutable: ({ slot }) => isRoutableStatus(states.status(slot)),
    fetchModels: createModelLists({
      profiles: profiles.profiles,
      fetch,
      headersFor,
      queryFor,
      version,
    }),
    registry,
    clock,
    log: log.child({ component: "discovery" }),
    intervalMs: interval,
    timeoutMs: timeout,
    concurrency: concurrent_workers,
    random,
    onChange: publish,
    isTypeOpen: (endpoint) => detection.isDue(endpoint),
    detect: (endpoint, signal) => detection.detect(endpoint, signal),
    onDetect: (endpoint, type) => {
      if (endpoint.type !== type) {
        log.info({ endpoint: endpoint.name, type }, "Backend type detected");
      }
      replace(detection.retyped(endpoint, type));
      publish();
    },
  });

  function replace(endpoint: Endpoint): void {
    endpoints = endpoints.map((one) => (one.slot === endpoint.slot ? endpoint : one));
    health.setEndpoints(endpoints);
  }

  function isSettled(endpoint: Endpoint): boolean {
    const { checkedAt, status } = health.getStatus(endpoint);
    if (checkedAt === undefined) return false;
    if (!enabled || !isRoutableStatus(status)) return true;
    const { lastSyncAt, failures } = discovery.report(endpoint);
    return lastSyncAt !== undefined || failures > 0;
  }

  return {
    table: () => table,
    health,
    discovery,
    registry,
    headersFor,
    async rediscover(timeoutMs) {
      await Promise.race([discovery.refreshAll(), wait(clock, timeoutMs)]);
      table = build();
      return table;
    },
    start() {
      started.use(health.startMonitoring());
      if (enabled) started.use(discovery.startPolling());
    },
    async firstRound(timeoutMs) {
      const deadline = clock.now() + timeoutMs;
      // The table is published a little after the last list; one more tick sees it.
      while (!endpoints.every((endpoint) => isSettled(endpoint)) && clock.now() < deadline) {
        await wait(clock, ROUND_TICK_MS);
      }
      await wait(clock, PUBLISH_DELAY_MS * 2);
    },
    [Symbol.dispose]() {
      publishing?.[Symbol.dispose]();
      started.dispose();
    },
  };
}

function toStrategy({
  type,
  options,
}: ConfigFile["model_registry"]["routing_strategy"]): RoutingStrategy {
  return {
    type: type === "optimistic" || type === "discovery" ? type : "strict",
    fallback: options.fallback_behavior,
    refreshOnMiss: type === "discovery" && options.discovery_refresh_on_miss,
    refreshTimeoutMs: options.discovery_timeout === 0 ? 2_000 : options.discovery_timeout,
  };
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(resolve, delayMs);
  });
}
