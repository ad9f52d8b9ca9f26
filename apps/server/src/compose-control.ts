import { isDeepStrictEqual } from "node:util";

import {
  isRoutableStatus,
  type Endpoint,
  type EndpointStates,
  type HeaderList,
  type RoutingStrategy,
  type RoutingTable,
} from "@olla-ts/core";
import type { Clock, HealthChecker, Logger, RandomSource } from "@olla-ts/core/ports";
import {
  buildRoutingTable,
  createModelDiscovery,
  createModelRegistry,
  dropStaleModels,
  type ModelDiscovery,
  type SlottedModelRegistry,
} from "@olla-ts/discovery";
import { createHealthChecker } from "@olla-ts/health";

import { createDetection } from "./compose-detection.ts";
import { createEndpointRows, type MadeEndpoint } from "./compose-endpoint-rows.ts";
import { endpointRows } from "./compose-foundation.ts";
import { createModelLists } from "./compose-models.ts";
import { withAnthropicRoute, withTranslatedChats } from "./compose-scopes.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { orDefault } from "./config/duration.ts";
import type { ConfigFile } from "./config/schema.ts";
import { probeFetch } from "./http/probe-fetch.ts";
import { ANTHROPIC } from "./pipeline/anthropic-request.ts";
import { withAnthropicVersion } from "./pipeline/anthropic-version.ts";
import { repeat } from "./repeat.ts";

/** Changes this close together make one table. */
const PUBLISH_DELAY_MS = 10;
/** Age of a list that an unreachable endpoint loses, where the file says 0. */
const STALE_MS = 86_400_000;
/** Time between two looks for such lists, where the file says 0. */
const CLEANUP_MS = 300_000;
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
  /** Told of every table but those that `reconfigure` makes. */
  readonly onTable?: (table: RoutingTable) => void;
  /** Told before an endpoint gets a row of shared memory that another one may have had. */
  readonly onEndpointAdded: (endpoint: Endpoint) => void;
}

/** Everything slow and periodic. Its product is the routing table. */
export interface ControlPlane extends Disposable {
  readonly table: () => RoutingTable;
  readonly health: HealthChecker;
  readonly registry: SlottedModelRegistry;
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
  /** Why the last question for the endpoint's models failed; undefined after a good answer. */
  readonly modelListError: (endpoint: Endpoint) => string | undefined;
  /** Asks every endpoint for its models again; resolves to the table in force then. */
  readonly rediscover: (timeoutMs: number) => Promise<RoutingTable>;
  /** Begins probing and asking for models. */
  readonly start: () => void;
  /** Resolves when every endpoint was probed and asked once, or after `timeoutMs`. */
  readonly firstRound: (timeoutMs: number) => Promise<void>;
  /**
   * Puts another configuration in force: the next table is made of it. What is known of
   * endpoints that stay, the same name and URL, is kept.
   *
   * @returns the endpoints that left
   * @throws RangeError when there is no room for its endpoints; nothing has changed then
   */
  readonly reconfigure: (setup: GatewaySetup) => readonly Endpoint[];
  /**
   * Forgets an endpoint that left, once no request of the time before can reach it any more. To be
   * called for every time it left; one that is back stays.
   *
   * @returns whether its row is free for another one now
   */
  readonly release: (endpoint: Endpoint) => boolean;
}

/** Endpoints, their health, their models, and the table made of them. */
export function createControlPlane(setup: GatewaySetup, parts: ControlPlaneParts): ControlPlane {
  const { states, clock, random, fetch, log, version } = parts;
  const started = new DisposableStack();
  let current = setup;
  const rows = createEndpointRows(endpointRows(setup.config.limits));
  const upstreamHeaders = new Map<number, HeaderList>();
  const upstreamQueries = new Map<number, string>();

  function introduce({ spec, made }: MadeEndpoint, present: readonly Endpoint[]): Endpoint {
    const { slot } = made;
    upstreamHeaders.set(slot, spec.headers);
    if (spec.query === "") upstreamQueries.delete(slot);
    else upstreamQueries.set(slot, spec.query);
    const former = present.find((endpoint) => endpoint.slot === slot);
    if (former === undefined) {
      states.reset(slot);
      parts.onEndpointAdded(made);
      return made;
    }
    // What was found out of an endpoint that stays need not be found out again.
    const endpoint = made.type === "auto" ? detection.retyped(made, former.type) : made;
    return isDeepStrictEqual(former, endpoint) ? former : endpoint;
  }

  /** Fields of the gateway's own requests to an endpoint: probes and model lists. */
  const headersFor = ({ slot, type }: Endpoint): HeaderList => {
    const fields = upstreamHeaders.get(slot) ?? [];
    return type === ANTHROPIC ? withAnthropicVersion(fields) : fields;
  };

  const queryFor = ({ slot }: Endpoint): string => upstreamQueries.get(slot) ?? "";
  const detection = createDetection({
    setup: () => current,
    specOf: ({ slot }) => current.endpoints.find((spec) => rows.slotFor(spec) === slot),
    headersFor,
    queryFor,
    log: log.child({ component: "discovery" }),
  });
  let endpoints: readonly Endpoint[] = rows.makeEndpoints(setup).map((made) => introduce(made, []));

  const registry = createModelRegistry({
    clock,
    unify:
      setup.config.model_registry.enable_unifier && setup.config.model_registry.unification.enabled,
    rules: setup.modelRules,
    maxModelSlots: setup.config.limits.max_models,
    onSlotReuse: parts.onModelSlotReuse,
    onOverflow: ({ endpoint, admitted, dropped }) =>
      log.warn(
        { endpoint: endpoint.name, admitted, dropped },
        "Model list is longer than there is room for",
      ),
  });

  let tableVersion = 0;
  const build = (): RoutingTable => {
    const { config, profiles } = current;
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
  const putInForce = (): RoutingTable => {
    table = build();
    parts.onTable?.(table);
    return table;
  };
  const publish = (): void => {
    publishing ??= clock.schedule(() => {
      publishing = undefined;
      putInForce();
    }, PUBLISH_DELAY_MS);
  };

  const health = createHealthChecker({
    states,
    clock,
    random,
    fetch: probeFetch,
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
      if (after === "healthy" && current.config.discovery.model_discovery.enabled) {
        void discovery.refresh(endpoint);
      }
    },
  });
  health.setEndpoints(endpoints);

  const fetchModels = createModelLists({
    profiles: () => current.profiles.profiles,
    fetch,
    headersFor,
    queryFor,
    version,
  });
  function createDiscovery({ config }: GatewaySetup): ModelDiscovery {
    const { interval, timeout, concurrent_workers, retry_attempts, retry_backoff } =
      config.discovery.model_discovery;
    return createModelDiscovery({
      endpoints: () => endpoints,
      isRoutable: ({ slot }) => isRoutableStatus(states.status(slot)),
      fetchModels,
      registry,
      clock,
      log: log.child({ component: "discovery" }),
      intervalMs: interval,
      timeoutMs: timeout,
      ...(retry_attempts !== undefined && { retryAttempts: retry_attempts }),
      ...(retry_backoff !== undefined && retry_backoff > 0 && { backoffMinMs: retry_backoff }),
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
  }
  function replace(endpoint: Endpoint): void {
    endpoints = endpoints.map((one) => (one.slot === endpoint.slot ? endpoint : one));
    health.setEndpoints(endpoints);
  }
  let discovery = createDiscovery(setup);
  let polling: Disposable | undefined;
  started.defer(() => polling?.[Symbol.dispose]());
  function poll(): void {
    polling?.[Symbol.dispose]();
    polling = undefined;
    const { discovery: settings, model_registry } = current.config;
    if (!settings.model_discovery.enabled) return;
    const both = new DisposableStack();
    both.use(discovery.startPolling());
    const { cleanup_interval } = model_registry.unification;
    both.use(repeat(clock, orDefault(cleanup_interval, CLEANUP_MS), forgetStale));
    polling = both;
  }

  function forgetStale(): void {
    const stale = dropStaleModels({
      endpoints,
      registry,
      isCurrent: (endpoint) =>
        isRoutableStatus(states.status(endpoint.slot)) && discovery.report(endpoint).failures === 0,
      clock,
      staleMs: orDefault(current.config.model_registry.unification.stale_threshold, STALE_MS),
    });
    if (stale.length === 0) return;
    log.info({ endpoints: stale.map(({ name }) => name) }, "Stale models forgotten");
    publish();
  }

  function begin(): void {
    started.use(health.startMonitoring());
    poll();
  }

  function isSettled(endpoint: Endpoint): boolean {
    const { checkedAt, status } = health.getStatus(endpoint);
    if (checkedAt === undefined) return false;
    const { enabled } = current.config.discovery.model_discovery;
    if (!enabled || !isRoutableStatus(status)) return true;
    return registry.modelsOf(endpoint) !== undefined || discovery.report(endpoint).failures > 0;
  }

  return {
    table: () => table,
    health,
    registry,
    headersFor,
    modelListError: (endpoint) => discovery.report(endpoint).lastError?.message,
    async rediscover(timeoutMs) {
      await Promise.race([discovery.refreshAll(), wait(clock, timeoutMs)]);
      return putInForce();
    },
    start() {
      const { initial_delay } = current.config.discovery.health_check;
      if (initial_delay > 0) started.use(clock.schedule(begin, initial_delay));
      else begin();
    },
    async firstRound(timeoutMs) {
      const deadline = clock.now() + timeoutMs;
      // The table is published a little after the last list; one more tick sees it.
      while (!endpoints.every((endpoint) => isSettled(endpoint)) && clock.now() < deadline) {
        await wait(clock, ROUND_TICK_MS);
      }
      await wait(clock, PUBLISH_DELAY_MS * 2);
    },
    reconfigure(next) {
      const made = rows.makeEndpoints(next);
      const before = endpoints;
      const former = current;
      current = next;
      endpoints = made.map((one) => introduce(one, before));
      const left = before.filter(({ slot }) => !endpoints.some((one) => one.slot === slot));
      for (const endpoint of left) {
        registry.removeEndpoint(endpoint);
        rows.leave(endpoint);
      }
      health.setEndpoints(endpoints);
      const { model_discovery } = next.config.discovery;
      if (!isDeepStrictEqual(pollSettings(next), pollSettings(former))) {
        discovery = createDiscovery(next);
        poll();
      } else if (model_discovery.enabled) {
        for (const endpoint of endpoints) {
          const isChanged = !before.includes(endpoint);
          if (isChanged && states.isRoutable(endpoint.slot)) void discovery.refresh(endpoint);
        }
      }
      table = build();
      return left;
    },
    release(endpoint) {
      const { slot } = endpoint;
      const isBack = endpoints.some((one) => one.slot === slot);
      if (!rows.release(endpoint, isBack)) return false;
      upstreamHeaders.delete(slot);
      upstreamQueries.delete(slot);
      return true;
    },
    [Symbol.dispose]() {
      publishing?.[Symbol.dispose]();
      started.dispose();
    },
  };
}

/** What polling for models is built with. */
function pollSettings({ config: { discovery, model_registry } }: GatewaySetup): object {
  return [discovery.model_discovery, model_registry.unification];
}

function toStrategy({
  type,
  options,
}: ConfigFile["model_registry"]["routing_strategy"]): RoutingStrategy {
  return {
    type: type === "optimistic" || type === "discovery" ? type : "strict",
    fallback: options.fallback_behavior,
    refreshOnMiss: type === "discovery" && options.discovery_refresh_on_miss,
    refreshTimeoutMs: orDefault(options.discovery_timeout, 2_000),
  };
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(resolve, delayMs);
  });
}
