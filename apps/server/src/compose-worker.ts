import type { MessagePort } from "node:worker_threads";

import { createSharedState } from "@olla-ts/core";
import type { Clock, RandomSource } from "@olla-ts/core/ports";
import { compileExtractions } from "@olla-ts/providers";
import { redactQuery } from "@olla-ts/security";

import type { PlaneSetup } from "./compose-data-plane.ts";
import { createFoundation } from "./compose-foundation.ts";
import { listenerLimits } from "./compose-limits.ts";
import { createServing } from "./compose-serving.ts";
import { composeTracing } from "./compose-tracing.ts";
import { gatherRequests } from "./dashboard/gather-requests.ts";
import { drain } from "./http/drain.ts";
import { applyLimits, createGatewayServer } from "./http/gateway-server.ts";
import { createRecords } from "./log/create-log.ts";
import { bind, type Bound } from "./serve.ts";
import { gatherLines } from "./workers/gather-lines.ts";
import { createMainThreadHop } from "./workers/main-thread-hop.ts";
import { linkToMainThread } from "./workers/main-thread-link.ts";
import type { Order, WorkerStart, WorkerState } from "./workers/messages.ts";

/** What a thread that serves needs of its surroundings. */
export interface WorkerWorld {
  /** To the main thread. */
  readonly port: MessagePort;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** The wiring of one of several threads that serve: a data plane, and the main thread in place of all else. */
export function composeWorker(start: WorkerStart, { port, clock, random }: WorkerWorld): void {
  let { table } = start;
  const { index, count, config, version } = start;
  const link = linkToMainThread({ port, clock, table: () => table });
  const lines = gatherLines(clock, (gathered) => link.tell({ kind: "log", lines: gathered }));
  const log = createRecords(config.logging, lines);
  const shared = createSharedState(start.regions);
  const threads = { index, count };
  const foundation = createFoundation(
    { shared, threads, limits: config.limits },
    { log, clock, random, version },
  );
  const requests = gatherRequests({
    clock,
    capacity: config.dashboard.recent_requests,
    redactQuery,
    handOn: (gathered) => link.tell({ kind: "requests", requests: gathered }),
  });
  const tracing = composeTracing(start.traces, foundation);
  const serving = createServing(toPlaneSetup(start), {
    foundation,
    control: {
      table: () => table,
      rediscover: link.rediscover,
      reportFailure(endpoint, code) {
        // At once for every thread; the main thread makes a status of it.
        foundation.states.suspect(endpoint.slot);
        link.reportFailure(endpoint, code);
      },
      headersFor: ({ slot }) => table.upstreamHeaders.get(slot) ?? [],
    },
    log,
    watch: config.dashboard.enabled ? requests.record : undefined,
    tracing,
    createLocal: (_, { requestId }) => ({
      listener: createMainThreadHop({ connect: link.connect, requestId }),
    }),
  });
  const server = createGatewayServer({
    limits: listenerLimits(config),
    table: () => table,
    plane: serving.plane,
    clock,
    random,
  });

  async function listen(wanted: Bound): Promise<void> {
    try {
      const bound = await bind(server, { ...wanted, reusePort: true });
      link.tell({ kind: "listening", bound });
    } catch (error) {
      const { message } = error instanceof Error ? error : { message: String(error) };
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      link.tell({ kind: "not listening", code, message });
    }
  }

  async function change({ number, state, left }: Order & { kind: "change" }): Promise<void> {
    shared.adopt(state.regions);
    const replacement = serving.prepare(toPlaneSetup(state));
    ({ table } = state);
    const retired = replacement.commit(left);
    applyLimits(server, listenerLimits(state.config));
    link.tell({ kind: "changed", number });
    await retired;
    link.tell({ kind: "retired", number });
  }

  function confirm(number: number): void {
    requests.flush();
    link.tell({ kind: "synced", number });
  }

  async function stop(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await serving[Symbol.asyncDispose]();
    await tracing?.[Symbol.asyncDispose]();
    foundation[Symbol.dispose]();
    lines.flush();
    port.close();
  }

  async function drainAll(timeoutMs: number): Promise<void> {
    const complete = await drain(server, clock, timeoutMs);
    lines.flush();
    link.tell({ kind: "drained", complete });
  }

  port.on("message", (order: Order) => {
    if (order.kind === "table") ({ table } = order);
    else if (order.kind === "change") void change(order);
    else if (order.kind === "sync") confirm(order.number);
    else if (order.kind === "rediscovered") link.rediscovered(order);
    else if (order.kind === "listen") void listen(order.wanted);
    else if (order.kind === "drain") void drainAll(order.timeoutMs);
    else void stop();
  });
  link.tell({ kind: "ready" });
}

function toPlaneSetup({ config, documents, table }: WorkerState): PlaneSetup {
  const extractions = compileExtractions(documents);
  return { config, profiles: { profiles: table.profiles, extractions } };
}
