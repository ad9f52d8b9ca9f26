import type { Endpoint, Operation, ProviderProfile } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import type { Translation } from "./translation.ts";

/** How long an endpoint that has no such path is asked in another dialect. */
const FORGET_AFTER_MS = 300_000;

/** What speaks against serving a request in the dialect it was written in. */
export interface NativeSupport {
  /** @param translation the request as it was understood, where that was necessary */
  readonly allows: (
    endpoint: Endpoint,
    profile: ProviderProfile | undefined,
    operation: Operation | undefined,
    translation: Translation | undefined,
  ) => boolean;
  /** The endpoint answered 404 to the path of an operation that its profile claims. */
  readonly refuse: (endpoint: Endpoint, operation: Operation) => void;
}

/**
 * @param anthropicPassthrough whether Anthropic requests may be passed through at all
 * @param capacity endpoints remembered at a time
 */
export function createNativeSupport(
  clock: Clock,
  anthropicPassthrough: boolean,
  capacity: number,
): NativeSupport {
  const refusedUntil = new Map<string, number>();

  function isRefused(endpoint: Endpoint, operation: Operation): boolean {
    if (refusedUntil.size === 0) return false;
    const until = refusedUntil.get(keyOf(endpoint, operation));
    return until !== undefined && until > clock.now();
  }

  return {
    allows(endpoint, profile, operation, translation) {
      if (operation === undefined) return true;
      if (isRefused(endpoint, operation)) return false;
      if (operation !== "messages") return true;
      return anthropicPassthrough && !isLimited(profile, translation);
    },
    refuse(endpoint, operation) {
      const key = keyOf(endpoint, operation);
      refusedUntil.delete(key); // so that the map stays in the order of refusals
      const [oldest] = refusedUntil.keys();
      if (refusedUntil.size >= capacity && oldest !== undefined) refusedUntil.delete(oldest);
      refusedUntil.set(key, clock.now() + FORGET_AFTER_MS);
    },
  };
}

function keyOf({ name, url }: Endpoint, operation: Operation): string {
  return `${operation} ${name} ${url}`;
}

function isLimited(
  profile: ProviderProfile | undefined,
  translation: Translation | undefined,
): boolean {
  const limitations = profile?.anthropic?.limitations ?? [];
  const needs = translation?.needs;
  if (needs === undefined || limitations.length === 0) return false;
  return (
    (needs.tools && limitations.includes("no_tool_use")) ||
    (needs.images && limitations.includes("no_vision")) ||
    (needs.thinking && limitations.includes("no_extended_thinking"))
  );
}
