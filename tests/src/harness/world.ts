import type { Clock } from "@olla-ts/core/ports";
import { startBackend, type BackendOptions, type SimulatedBackend } from "@olla-ts/simulator";

import { configFor, startGateway, type ConfigOptions, type TestGateway } from "./gateway.ts";

/** A gateway and the simulated backends behind it. */
export interface World<Name extends string> extends AsyncDisposable {
  readonly url: string;
  readonly gateway: TestGateway;
  readonly backends: Readonly<Record<Name, SimulatedBackend>>;
}

export interface WorldOptions extends ConfigOptions {
  /** Default: real time. */
  readonly clock?: Clock;
}

/**
 * Starts backends and a gateway in front of them.
 *
 * @param scripts by name, in configuration order; `openai-compatible` unless it says otherwise
 */
export async function startWorld<Name extends string>(
  scripts: Readonly<Record<Name, Partial<BackendOptions>>>,
  { clock, ...options }: WorldOptions = {},
): Promise<World<Name>> {
  await using started = new AsyncDisposableStack();
  const backends = new Map<string, SimulatedBackend>();
  for (const name of namesOf(scripts)) {
    const backend = await startBackend({ kind: "openai-compatible", name, ...scripts[name] });
    backends.set(name, started.use(backend));
  }
  const config = configFor([...backends.values()], options);
  const gateway = started.use(await startGateway({ config, ...(clock && { clock }) }));
  const owned = started.move();
  return {
    url: gateway.url,
    gateway,
    backends: Object.fromEntries(backends) as Record<Name, SimulatedBackend>,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function namesOf<Name extends string>(scripts: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(scripts) as Name[];
}

/** The requests of clients: everything that was no health probe and no model list of the gateway's own. */
export function traffic({ requests }: SimulatedBackend): SimulatedBackend["requests"] {
  return requests.filter(({ headers }) => headers["user-agent"]?.startsWith("olla-") !== true);
}
