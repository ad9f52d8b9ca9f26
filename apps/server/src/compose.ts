import type { Server } from "node:http";
import { isDeepStrictEqual } from "node:util";

import type { Endpoint } from "@olla-ts/core";
import type { AttemptObserver, ProxyEngine } from "@olla-ts/core/ports";

import type { EndpointLine } from "./cli/summary.ts";
import { createControlPlane } from "./compose-control.ts";
import { createDashboard, createDashboardWatch, type Dashboard } from "./compose-dashboard.ts";
import { createDataPlane, type DataPlane } from "./compose-data-plane.ts";
import { createEngine } from "./compose-engine.ts";
import { type Ambient, createFoundation } from "./compose-foundation.ts";
import { requestLimits } from "./compose-limits.ts";
import { composePlaces } from "./compose-places.ts";
import type { ServedSetup } from "./compose-setup.ts";
import type { ConfigFile } from "./config/schema.ts";
import { applyLimits, createGatewayServer, type ListenerLimits } from "./http/gateway-server.ts";

/** A gateway that is not listening yet. Disposing ends probes, connections and requests. */
export interface Gateway extends AsyncDisposable {
  readonly server: Server;
  /** Resolves when every endpoint was probed and asked for its models once, or after `timeoutMs`. */
  readonly firstRound: (timeoutMs: number) => Promise<void>;
  /**
   * Puts another configuration in force. Requests that have begun end under the former one, what
   * is known of endpoints that stay is kept, and endpoints that leave go on serving until new
   * ones were probed and asked for their models. Several calls are carried out in turn.
   *
   * @returns rejects with a RangeError when it cannot be; nothing has changed then
   */
  readonly reload: (setup: ServedSetup) => Promise<void>;
  /** Ends what would never end by itself: the pages that are kept up to date. */
  readonly beginDrain: () => void;
  /** Where a request would go now, and why; it is not sent. */
  readonly explain: DataPlane["explain"];
  /** What a start-up summary tells. */
  readonly describe: () => {
    readonly version: string;
    readonly engine: string;
    readonly balancer: string;
    readonly simulated: boolean;
    readonly endpoints: readonly EndpointLine[];
  };
}

/** Configuration in force, and what serves under it. */
interface Running {
  readonly setup: ServedSetup;
  readonly engine: ProxyEngine;
  readonly plane: DataPlane;
}

/** Longest wait for endpoints that a reload brings, before those that it takes away go. */
const ARRIVAL_WAIT_MS = 10_000;

/** What a configuration had that the next one has not. */
interface Leavers {
  readonly endpoints: readonly Endpoint[];
  readonly engine: ProxyEngine | undefined;
}

/** The one place where ports meet adapters; reads from what depends on nothing to the listener. */
export async function compose(setup: ServedSetup, ambient: Ambient): Promise<Gateway> {
  await using started = new AsyncDisposableStack();
  const { log, clock, random, version } = ambient;
  const foundation = started.use(createFoundation(setup.config.limits, ambient));
  const { states, breaker, answeredAt } = foundation;
  const control = started.use(
    createControlPlane(setup, {
      ...ambient,
      states,
      trafficAt: ({ slot }) => answeredAt.get(slot),
      onModelSlotReuse: (slot) => foundation.stats.forgetModel(slot),
      onRecovery: (endpoint) => breaker.reset(endpoint),
      onEndpointAdded: foundation.resetEndpoint,
    }),
  );
  const places = composePlaces({
    proxy: () => current.setup.config.proxy,
    clock,
    inFlight: ({ slot }) => states.inFlight(slot),
    profileOf: ({ type }) => control.table().profiles.get(type),
  });
  const observer: AttemptObserver = {
    attemptStarted: ({ slot }) => states.acquire(slot),
    attemptEnded: (endpoint, { error, status }) => {
      states.release(endpoint.slot);
      places.vacated();
      if (error?.failure.takesOut === true) control.health.reportFailure(endpoint, error.code);
      else if (status !== undefined) answeredAt.set(endpoint.slot, clock.wallTime());
    },
  };

  const watch = createDashboardWatch(setup.config, clock);
  const dashboard: Dashboard | undefined =
    watch &&
    started.use(
      createDashboard({
        setup: () => current.setup,
        services: () => current.plane.services,
        stats: foundation.stats,
        watch,
        clock,
        log: log.child({ component: "dashboard" }),
        settings: setup.config.dashboard,
        random,
      }),
    );
  const run = (next: ServedSetup, former?: Running): Running => {
    const { config } = next;
    const engine =
      former !== undefined && isDeepStrictEqual(config.proxy, former.setup.config.proxy)
        ? former.engine
        : createEngine(config.proxy, {
            ...foundation,
            observer,
            headersFor: control.headersFor,
          });
    const parts = { foundation, control, engine, places, log, watch, dashboard };
    return { setup: next, engine, plane: createDataPlane(next, parts) };
  };
  let current = run(setup);
  started.defer(() => current.engine[Symbol.asyncDispose]());
  started.defer(() => current.plane[Symbol.asyncDispose]());
  /** Settles once every configuration that was replaced has ended its last request. */
  let retired = Promise.resolve();
  /** Those of the configuration in force. */
  let { endpoints } = setup;
  let reloading = Promise.resolve();

  async function retire(former: Running, left: Leavers, earlier: Promise<void>): Promise<void> {
    await Promise.all([earlier, former.plane.running.idle()]);
    await former.plane[Symbol.asyncDispose]();
    await left.engine?.[Symbol.asyncDispose]();
    for (const endpoint of left.endpoints) control.release(endpoint);
  }

  async function reloadAfter(earlier: Promise<void>, next: ServedSetup): Promise<void> {
    await earlier;
    const room = setup.config.limits.max_endpoints;
    if (next.endpoints.length > room) {
      throw new RangeError(`there is room for ${room} endpoints, see limits.max_endpoints`);
    }
    const leaving = endpoints.filter(
      ({ name, url }) => !next.endpoints.some((one) => one.name === name && one.url === url),
    );
    if (leaving.length > 0) {
      const { profiles } = next;
      const staying = leaving.filter(({ type }) => profiles.canonicalType(type) !== undefined);
      replace({ ...next, endpoints: [...next.endpoints, ...staying] });
      await control.firstRound(ARRIVAL_WAIT_MS);
    }
    replace(next);
    endpoints = next.endpoints;
  }

  function replace(next: ServedSetup): void {
    const former = current;
    const replacement = run(next, former);
    const isNewEngine = replacement.engine !== former.engine;
    let left: readonly Endpoint[];
    try {
      left = control.reconfigure(next);
    } catch (error) {
      void replacement.plane[Symbol.asyncDispose]();
      if (isNewEngine) void replacement.engine[Symbol.asyncDispose]();
      throw error;
    }
    current = replacement;
    applyLimits(server, listenerLimits(next.config));
    for (const endpoint of left) current.engine.removeEndpoint(endpoint);
    const engine = isNewEngine ? former.engine : undefined;
    retired = retire(former, { endpoints: left, engine }, retired);
  }

  const server = createGatewayServer({
    limits: listenerLimits(setup.config),
    table: control.table,
    plane: () => current.plane,
    clock,
    random,
  });
  started.defer(() => server.closeAllConnections());
  control.start();

  const owned = started.move();
  return {
    server,
    firstRound: control.firstRound,
    reload(next) {
      const reloaded = reloadAfter(reloading, next);
      reloading = reloaded.catch(() => undefined);
      return reloaded;
    },
    beginDrain: () => dashboard?.beginDrain(),
    explain: (question) => current.plane.explain(question),
    describe: () => ({
      version,
      engine: current.engine.name,
      balancer: current.plane.balancer,
      simulated: current.setup.simulated,
      endpoints: control.table().endpoints.map((endpoint) => endpointLine(endpoint)),
    }),
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync();
      await retired;
    },
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

function listenerLimits({ server }: ConfigFile): ListenerLimits {
  return {
    requestTimeoutMs: server.read_timeout,
    headersTimeoutMs: server.read_header_timeout === 0 ? 10_000 : server.read_header_timeout,
    idleTimeoutMs: server.idle_timeout === 0 ? server.read_timeout : server.idle_timeout,
    writeTimeoutMs: server.write_timeout,
    maxHeaderBytes: requestLimits(server).maxHeaderBytes,
  };
}
