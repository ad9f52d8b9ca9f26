import { connect } from "node:net";

import type { EndpointSpec } from "@olla-ts/core/ports";
import { detectProvider, wellKnownPorts } from "@olla-ts/providers";
import { startFleet } from "@olla-ts/simulator";

import { probeGet } from "./http/probe-get.ts";

/** Backends to serve when no configuration says which. */
export interface FoundBackends extends AsyncDisposable {
  readonly endpoints: readonly EndpointSpec[];
  /** True when they are made up, since this machine has none. */
  readonly simulated: boolean;
}

/** Nothing on this machine takes longer to accept a connection. */
const CONNECT_WAIT_MS = 200;

/** Looks at the well-known ports of this machine; finds nobody, then starts a simulated fleet. */
export async function findBackends(): Promise<FoundBackends> {
  const ports = [...new Set(wellKnownPorts().map(({ port }) => port))];
  const found = await Promise.all(ports.map((port) => lookAt(port)));
  const endpoints = found.filter((spec) => spec !== undefined);
  if (endpoints.length > 0) {
    return { endpoints, simulated: false, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const fleet = await startFleet();
  return {
    endpoints: fleet.backends.map(({ name, url, kind }) => toSpec(name, url, kind)),
    simulated: true,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

async function lookAt(port: number): Promise<EndpointSpec | undefined> {
  if (!(await accepts(port))) return undefined;
  const url = `http://127.0.0.1:${port}`;
  const detected = await detectProvider({ baseUrl: url, get: probeGet });
  return detected === undefined
    ? undefined
    : toSpec(`local-${detected.type}-${port}`, url, detected.type);
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
    healthCheckUrl: undefined,
    modelUrl: undefined,
    checkIntervalMs: 5_000,
    checkTimeoutMs: 2_000,
    modelFilter: { include: [], exclude: [] },
    headers: [],
  };
}
