import { availableParallelism } from "node:os";

import type { Clock, Logger } from "@olla-ts/core/ports";

import type { ControlPlane } from "./compose-control.ts";
import type { PlaneSetup } from "./compose-data-plane.ts";
import type { Foundation } from "./compose-foundation.ts";
import { listenerLimits } from "./compose-limits.ts";
import type { Serving } from "./compose-serving.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import type { ConfigFile } from "./config/schema.ts";
import type { TraceSettings } from "./config/trace-settings.ts";
import type { RequestWatch } from "./dashboard/request-watch.ts";
import type { Front } from "./front.ts";
import { createGatewayServer } from "./http/gateway-server.ts";
import { createLocalServer } from "./http/local-server.ts";
import { repeat } from "./repeat.ts";
import { createSingleFront } from "./single-front.ts";
import { canSharePorts } from "./workers/port-sharing.ts";
import type { PortSocket } from "./workers/port-socket.ts";
import { startWorkerFront } from "./workers/worker-front.ts";

export interface FrontParts {
  readonly foundation: Foundation;
  readonly control: ControlPlane;
  readonly serving: Pick<Serving<PlaneSetup>, "plane">;
  /** In force now. */
  readonly setup: () => Pick<GatewaySetup, "config" | "profiles">;
  /** Settled at the start. */
  readonly traces: TraceSettings | undefined;
  readonly writeLines: (lines: string) => void;
  /** Of requests that other threads serve; undefined when there is no dashboard. */
  readonly watch: Pick<RequestWatch, "take"> | undefined;
}

/** How long an answer waits for what threads have yet to tell; one that is stuck does not hold it up. */
const NEWS_WAIT_MS = 100;
/** Time between two looks at breakers and suspicions whose thread may have died before it cleared them. */
const LEFTOVERS_EVERY_MS = 1_000;

/** Threads that serve: as many as were asked for, or one where they could not share the port. */
export async function countThreads(
  workers: ConfigFile["server"]["workers"],
  log: Logger,
  canShare: () => Promise<boolean> = canSharePorts,
): Promise<number> {
  const wanted = workers === "auto" ? availableParallelism() : workers;
  if (wanted === 1 || (await canShare())) return wanted;
  log.warn({ workers: wanted }, "This platform cannot share a port: one thread serves");
  return 1;
}

/** A front of this thread alone, or one of as many threads as the foundation counts. */
export function composeFront(parts: FrontParts): Promise<Front> {
  const { foundation, control, serving, setup } = parts;
  if (foundation.threads.count > 1) return composeWorkerFront(parts);
  const { clock, random } = foundation;
  const server = createGatewayServer({
    limits: listenerLimits(setup().config),
    table: control.table,
    plane: serving.plane,
    clock,
    random,
  });
  return Promise.resolve(createSingleFront(server, clock, listenerLimits));
}

async function composeWorkerFront({
  foundation,
  control,
  serving,
  setup,
  traces,
  writeLines,
  watch,
}: FrontParts): Promise<Front> {
  await using started = new AsyncDisposableStack();
  const { shared, states, leases, keptPlaces, waitingRoom, breaker, threads, version, clock, log } =
    foundation;
  const { maxHeaderBytes } = listenerLimits(setup().config);
  const local = started.use(
    createLocalServer(maxHeaderBytes, (request, response) =>
      serving.plane().local(request, response),
    ),
  );
  const clearUp = (): void => {
    for (const endpoint of control.table().endpoints) {
      breaker.state(endpoint);
      states.trust(endpoint.slot);
    }
  };
  started.use(repeat(clock, LEFTOVERS_EVERY_MS, clearUp));
  /** A document tells of everything that was over when it was asked for. */
  async function answer(connection: PortSocket): Promise<void> {
    connection.on("error", () => {}); // the client left
    await Promise.race([front.caughtUp(), wait(clock, NEWS_WAIT_MS)]);
    local.take(connection);
  }
  const front: Front = started.use(
    await startWorkerFront({
      count: threads.count,
      version,
      clock,
      log,
      state: () => ({
        config: forWorker(setup().config),
        documents: setup().profiles.documents,
        table: control.table(),
        regions: shared.regions(),
        traces,
      }),
      onFailure({ slot, url, code }) {
        const endpoint = control.table().endpoints.find((one) => one.slot === slot);
        if (endpoint?.url === url) control.health.reportFailure(endpoint, code);
        states.trust(slot);
      },
      rediscover: control.rediscover,
      onConnection: (connection) => void answer(connection),
      writeLines,
      onRequests(requests) {
        for (const { counted, request } of requests) watch?.take(counted, request);
      },
      onLost(index) {
        states.releaseAllOf(index);
        leases?.releaseAllOf(index);
        keptPlaces.releaseAllOf(index);
        waitingRoom.releaseAllOf(index);
      },
    }),
  );
  const owned = started.move();
  return { ...front, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The tables of the limiters are tidied by the main thread alone. */
function forWorker(config: ConfigFile): ConfigFile {
  const { server } = config;
  const rate_limits = { ...server.rate_limits, cleanup_interval: 0 };
  return { ...config, server: { ...server, rate_limits } };
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(resolve, delayMs);
  });
}
