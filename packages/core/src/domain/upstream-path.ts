import type { Endpoint } from "./endpoint.ts";
import type { Operation, ProviderProfile } from "./provider-profile.ts";

/**
 * Path and query of the request sent to an endpoint. The client's own bytes are
 * kept: nothing is decoded, so `%2F` stays `%2F`.
 *
 * @param path raw path behind the route prefix, starting with `/`
 * @param operation when known, the endpoint's own path for it replaces `path`
 */
export function upstreamPath(
  endpoint: Endpoint,
  profile: ProviderProfile | undefined,
  path: string,
  query: string,
  operation: Operation | undefined,
): string {
  const own = operation === undefined ? undefined : profile?.operations[operation];
  // A path that the backend lists is one it serves as written; only a foreign spelling is mapped.
  const target = own === undefined || profile?.paths.includes(path) === true ? path : own;
  if (!endpoint.preservePath || endpoint.basePath === "") return target + query;
  const { basePath } = endpoint;
  if (basePath.endsWith("/v1") && isBesideVersion(profile, target)) {
    return usualPath(basePath, target) + query;
  }
  return basePath + withoutRepeatedVersion(basePath, target) + query;
}

/** Whether the kind of server is known to have the path, and its OpenAI API below `/v1`. */
function isBesideVersion(profile: ProviderProfile | undefined, path: string): boolean {
  if (profile?.paths.includes(path) !== true) return false;
  return profile.paths.includes("/v1/models");
}

/**
 * The part of a path that is to be put behind a base path. An address that ends in
 * `/v1` is one that clients put `/chat/completions` behind: `/v1` is not repeated.
 */
function withoutRepeatedVersion(basePath: string, path: string): string {
  const version = /\/v\d+$/.exec(basePath)?.[0];
  if (version === undefined || !path.startsWith(version)) return path;
  const rest = path.slice(version.length);
  return rest === "" || rest.startsWith("/") ? rest : path;
}

/**
 * Where a server has one of the paths that are usual for its kind. An address that ends in
 * `/v1` is that of its OpenAI API: the others, such as `/health`, are the server's, beside it.
 */
export function usualPath(basePath: string, path: string): string {
  // Some servers have their whole API below a base, and there no version of its own.
  if (path === "/models") return basePath + path;
  const base = basePath.replace(/\/v1$/, "");
  return base + withoutRepeatedVersion(base, path);
}

/**
 * A path or an address with an endpoint's own query parameters, which take the place
 * of others of the same name.
 *
 * @param own `name=value&…`, encoded; empty for none
 */
export function withQuery(target: string, own: string): string {
  if (own === "") return target;
  const question = target.indexOf("?");
  if (question === -1) return `${target}?${own}`;
  const replaced = new Set(own.split("&").map(nameOf));
  const kept = target
    .slice(question + 1)
    .split("&")
    .filter((pair) => pair !== "" && !replaced.has(nameOf(pair)));
  return `${target.slice(0, question)}?${[...kept, own].join("&")}`;
}

function nameOf(pair: string): string {
  return pair.split("=", 1)[0] ?? "";
}

/** Whether a path, once its percent-encoding is undone, climbs with `..`. */
export function climbs(path: string): boolean {
  if (!path.includes("..") && !/%2e/i.test(path)) return false;
  return path
    .replaceAll(/%2e/gi, ".")
    .split(/[/\\]|%2f|%5c/i)
    .includes("..");
}
