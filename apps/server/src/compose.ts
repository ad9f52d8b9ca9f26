import { isDeepStrictEqual } from "node:util";

import { createSharedState, type Endpoint, ProxyError, type RoutingTable } from "@olla-ts/core";

import { type EndpointChanges, NO_CHANGES, withChanges } from "./admin/endpoint-changes.ts";
import type { EndpointLine } from "./cli/summary.ts";
import { type ControlPlane, createControlPlane } from "./compose-control.ts";
import { createDashboard, createDashboardWatch, type Dashboard } from "./compose-dashboard.ts";
import { type Ambient, createFoundation, type Foundation } from "./compose-foundation.ts";
import { composeFront, countThreads } from "./compose-front.ts";
import { createMainRoutes, type MainRoutes, type RuntimeEndpoints } from "./compose-local.ts";
import { createServing } from "./compose-serving.ts";
import type { ServedSetup } from "./compose-setup.ts";
import { composeTracing } from "./compose-tracing.ts";
import type { Front } from "./front.ts";

/** The outside world of the whole process. */
export interface GatewayAmbient extends Ambient {
  readonly fetch: typeof globalThis.fetch;
  /** Writes records of other threads to the log: JSON, a line each. */
  readonly writeLines: (lines: string) => void;
}

/** A gateway that is not listening yet. Disposing ends probes, connections and requests. */
export interface Gateway extends Pick<Front, "listen" | "drain">, AsyncDisposable {
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
  readonly explain: MainRoutes["explain"];
  /** Ends one of several serving threads at once, as a fault in it would. */
  readonly terminateWorker: (index: number) => Promise<void>;
  /** What a start-up summary tells. */
  readonly describe: () => {
    readonly version: string;
    readonly engine: string;
    readonly balancer: string;
    /** Threads that serve requests. */
    readonly workers: number;
    readonly simulated: boolean;
    readonly endpoints: readonly EndpointLine[];
  };
}

/** Longest wait for endpoints that a reload brings, before those that it takes away go. */
const ARRIVAL_WAIT_MS = 10_000;

/** The one place where ports meet adapters; reads from what depends on nothing to the listener. */
export async function compose(setup: ServedSetup, ambient: GatewayAmbient): Promise<Gateway> {
  await using started = new AsyncDisposableStack();
  const { log, clock, random, version } = ambient;
  const threads = { index: 0, count: await countThreads(setup.config.server.workers, log) };
  const shared = createSharedState();
  const foundation = started.use(
    createFoundation({ shared, threads, limits: setup.config.limits }, ambient),
  );
  let front: Front | undefined;
  const control = started.use(
    composeControl(setup, ambient, foundation, (table) => front?.publish(table)),
  );
  const watch = createDashboardWatch(setup.config, clock);
  /** As the file has it, and what operators changed since the start. */
  let ofFile: ServedSetup = setup;
  let changes = NO_CHANGES;
  const runtime: RuntimeEndpoints = {
    changes: () => changes,
    alter: (alteration, told) =>
      inTurn(async () => {
        const next = alteration(changes, ofFile.endpoints);
        await changeOver(ofFile, next).catch((error: unknown) => {
          if (!(error instanceof RangeError)) throw error;
          throw new ProxyError("invalid_request", `${error.message}.`, { status: 409 });
        });
        log.info(told, "Endpoint changed by an operator");
      }),
  };
  // Of several threads, this one serves no requests.
  const tracing = composeTracing(threads.count > 1 ? undefined : setup.traces, foundation);
  started.use(tracing);
  let dashboard: Dashboard | undefined;
  const serving = started.use(
    createServing(setup, {
      foundation,
      control: {
        table: control.table,
        rediscover: control.rediscover,
        reportFailure: (endpoint, code) => control.health.reportFailure(endpoint, code),
        headersFor: control.headersFor,
      },
      log,
      watch: watch?.record,
      tracing,
      createLocal: (next: ServedSetup, parts) =>
        createMainRoutes(next, {
          ...parts,
          foundation,
          control,
          random,
          runtime,
          dashboard: () => dashboard,
        }),
    }),
  );
  /** In force, with the endpoints that leave when the next ones have arrived. */
  let current: ServedSetup = setup;
  let { endpoints } = setup;
  dashboard =
    watch &&
    started.use(
      createDashboard({
        setup: () => current,
        services: () => serving.plane().routes.services,
        stats: foundation.stats,
        watch,
        clock,
        log: log.child({ component: "dashboard" }),
        settings: setup.config.dashboard,
        random,
      }),
    );
  const opened = started.use(
    await composeFront({
      foundation,
      control,
      serving,
      setup: () => current,
      traces: setup.traces,
      writeLines: ambient.writeLines,
      watch,
    }),
  );
  front = opened;
  let reloading = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = reloading.then(work);
    reloading = done.catch(() => undefined);
    return done;
  }

  /** Puts a configuration in force with what operators changed. */
  async function changeOver(file: ServedSetup, altered: EndpointChanges): Promise<void> {
    const next = withChanges(file.endpoints, altered);
    if (file !== ofFile || !isDeepStrictEqual(next, endpoints)) {
      await reload({ ...file, endpoints: next });
    }
    ofFile = file;
    changes = altered;
    for (const { name, slot } of control.table().endpoints) {
      foundation.states.setDraining(slot, altered.draining.has(name));
    }
  }

  async function reload(next: ServedSetup): Promise<void> {
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
      await replace({ ...next, endpoints: [...next.endpoints, ...staying] });
      await control.firstRound(ARRIVAL_WAIT_MS);
      // Who leaves is no candidate any more at once: others have to be candidates everywhere.
      await opened.caughtUp();
    }
    await replace(next);
    endpoints = next.endpoints;
  }

  function replace(next: ServedSetup): Promise<void> {
    const replacement = serving.prepare(next);
    let left: readonly Endpoint[];
    try {
      left = control.reconfigure(next);
    } catch (error) {
      replacement.discard();
      throw error;
    }
    current = next;
    const retired = replacement.commit(left);
    const others = opened.changeOver(next.config, left);
    void releaseAfter([retired, others.retired], left);
    return others.inForce;
  }

  async function releaseAfter(
    retirements: readonly Promise<void>[],
    left: readonly Endpoint[],
  ): Promise<void> {
    await Promise.all(retirements);
    for (const endpoint of left) {
      if (control.release(endpoint)) serving.plane().pipeline.balancer.removeEndpoint(endpoint);
    }
  }

  control.start();
  const owned = started.move();
  return {
    listen: opened.listen,
    drain: opened.drain,
    firstRound: control.firstRound,
    reload: (next) => inTurn(() => changeOver(next, changes)),
    beginDrain: () => dashboard?.beginDrain(),
    explain: (question) => serving.plane().routes.explain(question),
    terminateWorker: opened.terminate,
    describe: () => ({
      version,
      engine: serving.engine().name,
      balancer: serving.plane().balancer,
      workers: threads.count,
      simulated: current.simulated,
      endpoints: control.table().endpoints.map((endpoint) => endpointLine(endpoint, control)),
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function composeControl(
  setup: ServedSetup,
  ambient: GatewayAmbient,
  { states, stats, breaker, answeredAt, resetEndpoint }: Foundation,
  onTable: (table: RoutingTable) => void,
): ControlPlane {
  return createControlPlane(setup, {
    ...ambient,
    states,
    trafficAt: ({ slot }) => answeredAt[slot] || undefined,
    onModelSlotReuse: (slot) => stats.forgetModel(slot),
    onRecovery: (endpoint) => breaker.reset(endpoint),
    onEndpointAdded: resetEndpoint,
    onTable,
  });
}

function endpointLine(endpoint: Endpoint, { health, registry }: ControlPlane): EndpointLine {
  const { status, lastError } = health.getStatus(endpoint);
  const models = registry.modelsOf(endpoint)?.models.map(({ name }) => name) ?? [];
  return {
    name: endpoint.name,
    url: endpoint.url,
    type: endpoint.type,
    status,
    models,
    problem: lastError,
  };
}
