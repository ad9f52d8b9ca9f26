import type { EndpointSource, EndpointSpec } from "../ports/endpoint-source.ts";

/** A described endpoint with plausible values. */
export function makeEndpointSpec(over: Partial<EndpointSpec> = {}): EndpointSpec {
  const name = over.name ?? "endpoint-0";
  return {
    name,
    url: `http://${name}.test`,
    type: "openai-compatible",
    priority: undefined,
    preservePath: false,
    query: "",
    healthCheckUrl: undefined,
    modelUrl: undefined,
    checkIntervalMs: 5_000,
    checkTimeoutMs: 2_000,
    modelFilter: { include: [], exclude: [] },
    headers: [],
    ...over,
  };
}

/** A source that a test changes by hand. */
export interface FakeEndpointSource extends EndpointSource {
  /** Puts a new set in force and tells every watcher. */
  publish(endpoints: readonly EndpointSpec[]): void;
  /** Makes `load` reject with this error until the next `publish`. */
  failWith(error: Error): void;
}

/** A source in memory, empty unless told otherwise. */
export function createFakeEndpointSource(
  initial: readonly EndpointSpec[] = [],
): FakeEndpointSource {
  let endpoints = initial;
  let failure: Error | undefined;
  const watchers = new Set<{ readonly changed: (endpoints: readonly EndpointSpec[]) => void }>();
  return {
    name: "fake",
    load: () => (failure === undefined ? Promise.resolve(endpoints) : Promise.reject(failure)),
    watch(changed): Disposable {
      const watcher = { changed };
      watchers.add(watcher);
      return { [Symbol.dispose]: () => void watchers.delete(watcher) };
    },
    publish(next): void {
      endpoints = next;
      failure = undefined;
      for (const { changed } of watchers) changed(next);
    },
    failWith(error): void {
      failure = error;
    },
  };
}
