import { connect } from "node:net";

import type { EndpointSpec } from "@olla-ts/core/ports";
import { detectProvider, wellKnownPorts } from "@olla-ts/providers";

import { probeGet } from "./http/probe-get.ts";

/** Backends to serve when no configuration says which. */
export interface FoundBackends extends AsyncDisposable {
  readonly endpoints: readonly EndpointSpec[];
  /** True when they are made up, since this machine has none. */
  readonly simulated: boolean;
}

/** Nothing on this machine takes longer to accept a connection. */
const CONNECT_WAIT_MS = 200;

/** How the backends of this machine are looked for. */
export interface FindBackendsOptions {
  /** Ends the search at once; then nothing is found and nothing started. */
  readonly signal: AbortSignal;
  /** Ports looked at. Default: those that a known kind of server uses. */
  readonly ports?: readonly number[];
  /** Longest time for the whole search, in milliseconds. Default 2000. */
  readonly searchMs?: number;
}

/** The servers of known kinds on the well-known ports of this machine. */
export async function searchBackends({
  signal,
  ports = wellKnownPorts().map(({ port }) => port),
  searchMs = 2_000,
}: FindBackendsOptions): Promise<readonly EndpointSpec[]> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(searchMs)]);
  const found = await Promise.all([...new Set(ports)].map((port) => lookAt(port, ending)));
  return found.filter((spec) => spec !== undefined);
}

/** Kind of the server at a URL; undefined when nobody that is known answers in time. */
export async function kindOfServer(
  url: string,
  { signal, searchMs = 5_000 }: Omit<FindBackendsOptions, "ports">,
): Promise<string | undefined> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(searchMs)]);
  try {
    return (await detectProvider({ baseUrl: url, get: probeGet, signal: ending }))?.type;
  } catch (error) {
    if (ending.aborted) return undefined;
    throw error;
  }
}

/** Looks at the well-known ports of this machine; finds nobody, then starts a simulated fleet. */
export async function findBackends(options: FindBackendsOptions): Promise<FoundBackends> {
  const { signal } = options;
  const endpoints = await searchBackends(options);
  if (endpoints.length > 0 || signal.aborted) {
    return { endpoints, simulated: false, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  // Loaded for those alone who have no backend.
  const { startFleet } = await import("@olla-ts/simulator");
  const fleet = await startFleet();
  return {
    endpoints: fleet.backends.map(({ name, url, kind }) => toSpec(name, url, kind)),
    simulated: true,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

async function lookAt(port: number, signal: AbortSignal): Promise<EndpointSpec | undefined> {
  if (!(await accepts(port)) || signal.aborted) return undefined;
  const url = `http://127.0.0.1:${port}`;
  try {
    const detected = await detectProvider({ baseUrl: url, get: probeGet, signal });
    return detected === undefined
      ? undefined
      : toSpec(`local-${detected.type}-${port}`, url, detected.type);
  } catch (error) {
    if (signal.aborted) return undefined; // it accepts connections, but does not answer in time
    throw error;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: CONNECT_WAIT_MS });
    const settle = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.on("connect", settle(true)).on("timeout", settle(false)).on("error", settle(false));
  });
}

function toSpec(name: string, url: string, type: string): EndpointSpec {
  return {
    name,
    url,
    type,
    priority: undefined,
    preservePath: false,
    query: "",
    healthCheckUrl: undefined,
    modelUrl: undefined,
    checkIntervalMs: 5_000,
    checkTimeoutMs: 2_000,
    modelFilter: { include: [], exclude: [] },
    headers: [],
  };
}
