import type { Exchange } from "./exchange.ts";
import type { ErrorShape } from "./refusal.ts";

/** Serves one request, the body read unless the route says otherwise. */
export type Handler = (exchange: Exchange) => Promise<void>;

/** One thing a backend answers. */
export interface Route {
  /** `ANY` matches every method; `GET` also matches HEAD. */
  readonly method: "GET" | "POST" | "ANY";
  /** Exact path, or a prefix when it ends in `*`. */
  readonly path: string;
  readonly handle: Handler;
  /** Whether the path runs a model; faults without a scope meet only such paths. */
  readonly isInference?: boolean;
  /** Shape of this path's errors; default: the kind's. */
  readonly errors?: ErrorShape;
  /** True when the handler reads the body itself. */
  readonly readsBody?: boolean;
}

/** Finds the route of a request; exact paths win over prefixes, earlier prefixes over later. */
export type Router = (method: string, path: string) => Route | undefined;

/** Builds the look-up; of two routes for the same path the first counts. */
export function createRouter(routes: readonly Route[]): Router {
  const exact = new Map<string, Route>();
  const prefixes = routes.filter(({ path }) => path.endsWith("*"));
  for (const route of routes) {
    const key = `${route.method} ${route.path}`;
    if (!exact.has(key)) exact.set(key, route);
  }
  return (requestMethod, path) => {
    const method = requestMethod === "HEAD" ? "GET" : requestMethod;
    return (
      exact.get(`${method} ${path}`) ??
      exact.get(`ANY ${path}`) ??
      prefixes.find(
        (route) =>
          (route.method === "ANY" || route.method === method) &&
          path.startsWith(route.path.slice(0, -1)),
      )
    );
  };
}

/** A GET route. */
export function get(path: string, handle: Handler): Route {
  return { method: "GET", path, handle };
}

/** A POST route that runs a model. */
export function infer(path: string, handle: Handler, errors?: ErrorShape): Route {
  return { method: "POST", path, handle, isInference: true, ...(errors && { errors }) };
}
