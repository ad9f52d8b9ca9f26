import { matchesGlob, ProxyError, type RoutingTable } from "@olla-ts/core";

import type { ProxyRoute } from "./proxy-route.ts";

/** Which paths of backends are out of bounds for clients. */
export interface PathRules {
  /** Whether the path manages a backend and may be forwarded all the same. */
  isAllowedAdmin(path: string): boolean;
  /** Why a request must not be forwarded; undefined when it may. */
  refuse(route: ProxyRoute, table: RoutingTable): ProxyError | undefined;
}

export interface PathRulesOptions {
  /** Patterns of paths that manage a backend; `*` stands for anything. */
  readonly adminPaths: Iterable<string>;
  /** Patterns of those that are forwarded all the same. */
  readonly allowedAdminPaths: readonly string[];
  /** Whether a route forwards only what some kind of backend behind it lists. */
  readonly strict: boolean;
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROLS_AND_BLANKS = /[\0-\x20\x7f]+/g;

/** Paths under which a server manages itself, whatever its kind. */
const USUAL_ADMIN_PATHS = ["/admin", "/admin/*"];

/** Compiles the rules; a path that is a known operation costs one look-up. */
export function createPathRules({
  adminPaths,
  allowedAdminPaths,
  strict,
}: PathRulesOptions): PathRules {
  const isAdmin = compile([...USUAL_ADMIN_PATHS, ...adminPaths]);
  const isAllowed = compile(allowedAdminPaths);
  return {
    isAllowedAdmin(path) {
      const plain = plainPath(path);
      return isAdmin(plain) && isAllowed(plain);
    },
    refuse({ path, scope }, { pathOperations, pathTypes }) {
      if (!pathOperations.has(path)) {
        const plain = plainPath(path);
        if (isAdmin(plain)) return isAllowed(plain) ? undefined : managing();
      }
      if (!strict) return undefined;
      const types = pathTypes.get(path);
      const isListed =
        types !== undefined &&
        (scope === undefined || [...types].some((one) => scope.types.has(one)));
      return isListed ? undefined : unlisted();
    },
  };
}

function managing(): ProxyError {
  return new ProxyError(
    "path_refused",
    "This path manages a backend and is not forwarded; proxy.allowed_admin_paths can allow it.",
  );
}

function unlisted(): ProxyError {
  return new ProxyError("path_refused", "No kind of backend behind this route lists the path.");
}

/**
 * As the most liberal server reads it: percent-encoding undone, without parameters, blanks
 * and control characters, empty and `.` segments, and case.
 */
function plainPath(path: string): string {
  const decoded = path.includes("%") ? decode(path) : path;
  return decoded
    .replaceAll(CONTROLS_AND_BLANKS, "")
    .replace(/[?#].*$/, "")
    .replaceAll(/;[^/\\]*/g, "")
    .replaceAll(/[/\\]+(?:\.[/\\]+)*/g, "/")
    .replace(/(?<=.)\/\.?$/, "")
    .toLowerCase();
}

function decode(path: string): string {
  return path.replaceAll(/%([\da-f]{2})/gi, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  );
}

type PathTest = (plain: string) => boolean;

/** Most paths hold no star and are found by one look-up. */
function compile(patterns: Iterable<string>): PathTest {
  const exact = new Set<string>();
  const globs = new Set<string>();
  for (const pattern of patterns) {
    const plain = pattern.toLowerCase();
    (plain.includes("*") ? globs : exact).add(plain);
  }
  return (plain) => exact.has(plain) || [...globs].some((glob) => matchesGlob(glob, plain));
}
