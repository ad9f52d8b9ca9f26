import type { EndpointSource, EndpointSpec } from "@olla-ts/core/ports";

/** Endpoints that are known from the start and never change, as in a configuration file. */
export function createStaticSource(specs: readonly EndpointSpec[]): EndpointSource {
  const fixed: readonly EndpointSpec[] = [...specs];
  return {
    name: "static",
    load: () => Promise.resolve(fixed),
    watch: () => ({ [Symbol.dispose]: () => undefined }),
  };
}
