import type { EndpointCounts, Mode } from "../backend/endpoint.ts";
import { countsSchema, type BackendPlan, type Order } from "../backend/orders.ts";
import { startChild } from "./child.ts";

/** An endpoint as gateways are told of it. */
export interface EndpointAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** The fake backend in its own process. */
export interface Backend extends AsyncDisposable {
  readonly pid: number;
  readonly endpoints: readonly EndpointAddress[];
  /** Models that every endpoint has. */
  readonly models: readonly string[];
  readonly setMode: (endpoint: number, mode: Mode) => Promise<void>;
  readonly counts: () => Promise<readonly EndpointCounts[]>;
}

export interface BackendOptions {
  readonly endpoints: number;
  readonly models: readonly string[];
  /** With a model of its own for each endpoint, named by `ownModel`. Default false. */
  readonly ownModels?: boolean;
  readonly port: number;
  readonly cores: string | undefined;
}

const HOSTS_PER_NET = 250;

export function ownModel(endpoint: number): string {
  return `sim-bytes1024-own-${endpoint}`;
}

/** The first endpoint is at 127.0.0.1, the others at the same port of 127.1.0.0/16. */
function addressOf(at: number, port: number): EndpointAddress {
  const net = Math.floor(at / HOSTS_PER_NET);
  const host = at === 0 ? "127.0.0.1" : `127.1.${net}.${1 + (at % HOSTS_PER_NET)}`;
  return { name: `endpoint-${at}`, host, port, url: `http://${host}:${port}` };
}

export async function startBackend({
  endpoints: count,
  models,
  ownModels = false,
  port,
  cores,
}: BackendOptions): Promise<Backend> {
  const endpoints = Array.from({ length: count }, (_, at) => addressOf(at, port));
  const child = startChild("backend/process.ts", cores);
  const plan: BackendPlan = {
    addresses: endpoints.map((endpoint) => ({ host: endpoint.host, port: endpoint.port })),
    models: [...models],
    ownModels: ownModels ? endpoints.map((_, at) => ownModel(at)) : [],
  };
  await child.ask(plan);
  const order = async (what: Order): Promise<readonly EndpointCounts[]> =>
    countsSchema.parse(await child.ask(what));
  return {
    pid: child.pid,
    endpoints,
    models,
    async setMode(endpoint, mode) {
      await order({ kind: "mode", endpoint, mode });
    },
    counts: () => order({ kind: "counts" }),
    [Symbol.asyncDispose]: () => child.stop(),
  };
}

/** Chats that are being answered, over all endpoints. */
export async function activeChats(backend: Backend): Promise<number> {
  return (await backend.counts()).reduce((sum, { active }) => sum + active, 0);
}
