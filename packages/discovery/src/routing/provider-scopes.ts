import type { ProviderProfile, ProviderScope } from "@olla-ts/core";

/** The profile whose prefixes reach every backend that speaks the OpenAI dialect. */
const OPENAI_COMPATIBLE = "openai-compatible";

/**
 * URL prefix → types of backend that the prefix reaches. Endpoints of type
 * `auto` are reached by every prefix.
 */
export function toProviderScopes(
  profiles: Iterable<ProviderProfile>,
): ReadonlyMap<string, ProviderScope> {
  const all = [...profiles];
  const scopes = new Map<string, ProviderScope>();
  for (const { type, prefixes } of all) {
    const others =
      type === OPENAI_COMPATIBLE ? all.filter(({ openaiCompatible }) => openaiCompatible) : [];
    const types = new Set([type, ...others.map((other) => other.type), "auto"]);
    for (const prefix of prefixes) scopes.set(prefix.toLowerCase(), { type, types });
  }
  return scopes;
}
