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
  return endpoint.preservePath ? endpoint.basePath + target + query : target + query;
}

/** Whether a path, once its percent-encoding is undone, climbs with `..`. */
export function climbs(path: string): boolean {
  if (!path.includes("..") && !/%2e/i.test(path)) return false;
  return path
    .replaceAll(/%2e/gi, ".")
    .split(/[/\\]|%2f|%5c/i)
    .includes("..");
}
