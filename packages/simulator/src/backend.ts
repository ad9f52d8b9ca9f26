import { validateHeaderValue } from "node:http";
import { setTimeout } from "node:timers/promises";

import type { BackendKind, Sleep } from "./backend-context.ts";
import type { Exchange } from "./exchange.ts";
import type { Fault, FaultScript } from "./fault.ts";
import { openListener } from "./listener.ts";
import type { ModelScript } from "./model.ts";
import { createReception } from "./reception.ts";
import type { RecordedRequest } from "./request-log.ts";

/** How to start one fake backend. */
export interface BackendOptions {
  readonly kind: BackendKind;
  /** Sent as `X-Simulated-Backend` and part of the default replies. */
  readonly name: string;
  /** Default 0: a free port from 20000 to 32767, kept over restarts. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Models in list order; an id alone is enough. Default: one model, `simulated-7b`. */
  readonly models?: readonly (ModelScript | string)[];
  /** Faults from the start. Default: none. */
  readonly faults?: FaultScript;
  /** Source of port numbers and fault probabilities, 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Waits between tokens and before heads. Default: real timers. */
  readonly sleep?: Sleep;
}

/** A running fake backend. Disposing it is {@link SimulatedBackend.kill}. */
export interface SimulatedBackend extends AsyncDisposable {
  readonly kind: BackendKind;
  readonly name: string;
  /** `http://127.0.0.1:20123`, without a path. */
  readonly url: string;
  readonly port: number;
  /** The latest requests, oldest first; at most 1,000 and 64 MiB of bodies. */
  readonly requests: readonly RecordedRequest[];
  /** All requests since the start. */
  readonly requestCount: number;
  /** Requests being served. */
  readonly inFlight: number;
  /** TCP connections from clients. */
  readonly openConnections: number;
  /** Resolves with the n-th request since the start, counted from 1, once it is read in full or given up. */
  received(count: number): Promise<RecordedRequest>;
  /** Replaces all faults, or ends them; resolves when in force. Exchanges under way keep theirs. */
  setFault(fault: Fault | FaultScript | undefined): Promise<void>;
  /** Replaces the models. */
  setModels(models: readonly (ModelScript | string)[]): void;
  /** Takes nothing new, lets answers under way finish, cuts those held back by a fault. */
  stop(): Promise<void>;
  /** Ends like a dead process: listener and all connections at once. */
  kill(): Promise<void>;
  /** Listens again on the same port with its models, faults and records; not while the fault `refuse` is set. */
  restart(): Promise<void>;
}

const DEFAULT_MODELS = ["simulated-7b"];
const sleepOnTimer: Sleep = (delayMs, signal) => setTimeout(delayMs, undefined, { signal });

/**
 * Starts a fake backend.
 *
 * @throws the system's error when its port cannot be had
 * @throws TypeError when the name cannot stand in a header
 */
export async function startBackend(options: BackendOptions): Promise<SimulatedBackend> {
  const { kind, name, port = 0, host = "127.0.0.1", random = Math.random } = options;
  const { models = DEFAULT_MODELS, now = Date.now, sleep = sleepOnTimer } = options;
  validateHeaderValue("X-Simulated-Backend", name);
  const reception = createReception({
    kind,
    name,
    models,
    random,
    now,
    sleep,
    onSettled: (exchange) => {
      // A process that ends serves no further request on its old connections.
      if (!listener.isOpen) exchange.sever("close");
    },
  });
  const { log, exchanges, onRequest } = reception;
  const listener = await openListener({ host, port, random, onRequest });
  let isRunning = true;
  let isRefusing = false;

  const openUnlessRefusing = async (): Promise<void> => {
    if (isRunning && !isRefusing) await listener.open();
  };

  const setFault = async (fault: Fault | FaultScript | undefined): Promise<void> => {
    const script = toScript(fault);
    isRefusing = script.some(({ type }) => type === "refuse");
    reception.faults.set(script);
    if (isRefusing) listener.close();
    await openUnlessRefusing();
  };
  const kill = async (): Promise<void> => {
    isRunning = false;
    const pending = [...exchanges];
    for (const exchange of pending) exchange.sever("destroy");
    listener.destroy();
    await settled(pending);
  };
  await setFault(options.faults);

  return {
    kind,
    name,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${listener.port}`,
    port: listener.port,
    requests: log.requests,
    get requestCount(): number {
      return log.total;
    },
    get inFlight(): number {
      return exchanges.size;
    },
    get openConnections(): number {
      return listener.openConnections;
    },
    received: (count) => log.received(count),
    setFault,
    setModels: (scripts) => reception.setModels(scripts),
    async stop() {
      isRunning = false;
      listener.close();
      const pending = [...exchanges];
      for (const exchange of pending) exchange.release();
      await settled(pending);
      listener.destroy();
    },
    kill,
    async restart() {
      isRunning = true;
      await openUnlessRefusing();
    },
    [Symbol.asyncDispose]: kill,
  };
}

async function settled(exchanges: readonly Exchange[]): Promise<void> {
  await Promise.all(exchanges.map(({ record }) => record.settled));
}

function toScript(fault: Fault | FaultScript | undefined): FaultScript {
  if (fault === undefined) return [];
  return "type" in fault ? [fault] : fault;
}
