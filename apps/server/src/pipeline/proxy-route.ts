import { climbs, type ProviderScope, type RoutingTable } from "@olla-ts/core";

/** A request path taken apart at its route prefix. */
export interface ProxyRoute {
  /** Between `/olla/` and the path. */
  readonly prefix: string;
  /** Undefined on `/olla/proxy/`. */
  readonly scope: ProviderScope | undefined;
  /** Behind the prefix, raw, starting with `/`, without query. */
  readonly path: string;
  /** `?…` or empty. */
  readonly query: string;
}

const ROOT = "/olla/";

/**
 * Takes a request target apart.
 *
 * @param target path and query as the client sent them
 * @returns undefined when no proxy route has this prefix
 */
export function matchProxyRoute(target: string, table: RoutingTable): ProxyRoute | undefined {
  if (!target.startsWith(ROOT)) return undefined;
  const end = target.indexOf("/", ROOT.length);
  if (end === -1) return undefined;
  const prefix = target.slice(ROOT.length, end);
  const scope = table.scopes.get(prefix);
  if (scope === undefined && prefix !== "proxy") return undefined;
  const question = target.indexOf("?", end);
  return {
    prefix,
    scope,
    path: question === -1 ? target.slice(end) : target.slice(end, question),
    query: question === -1 ? "" : target.slice(question),
  };
}

/**
 * Where a client is sent that wrote a path in an unusual way: with `//`, `.` or
 * `..`, or a route prefix without its slash. Undefined for nearly every request.
 */
export function redirectTarget(target: string, table: RoutingTable): string | undefined {
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const query = question === -1 ? "" : target.slice(question);
  const cleaned = cleanPath(path);
  if (cleaned !== path) return cleaned + query;
  if (!path.startsWith(ROOT) || path.indexOf("/", ROOT.length) !== -1) return undefined;
  const prefix = path.slice(ROOT.length);
  if (prefix !== "proxy" && !table.scopes.has(prefix)) return undefined;
  return `${path}/${query}`;
}

/** Whether an encoded `..` would lead out of the route or the endpoint's base path. */
export function leavesRoute({ path }: ProxyRoute): boolean {
  return climbs(path);
}

function cleanPath(path: string): string {
  if (!path.includes("//") && !path.includes("/.")) return path;
  const kept: string[] = [];
  const parts = path.split("/");
  for (const part of parts) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  const last = parts.at(-1);
  const folder = kept.length > 0 && (last === "" || last === "." || last === "..");
  // A browser reads a backslash as a slash, and `/\\host` as another site.
  const joined = kept.join("/").replaceAll("\\", "%5C");
  return `/${joined}${folder ? "/" : ""}`;
}
