import {
  EQUIVALENT_OPERATIONS,
  type ProviderProfile,
  type ProviderScope,
  type RoutingTable,
} from "@olla-ts/core";

import { ANTHROPIC } from "./pipeline/anthropic-request.ts";

/** Type whose prefixes reach all backends that speak the OpenAI API. */
const OPENAI_COMPATIBLE = "openai-compatible";

/** The table with the route of the Anthropic API, which any kind of backend may serve. */
export function withAnthropicRoute(table: RoutingTable): RoutingTable {
  const types = new Set([...table.profiles.keys(), "auto"]);
  return { ...table, scopes: new Map([...table.scopes, [ANTHROPIC, { type: ANTHROPIC, types }]]) };
}

/**
 * The table whose routes to all OpenAI-compatible backends also reach those that
 * speak no OpenAI chat at all, but one that it can be translated to.
 */
export function withTranslatedChats(table: RoutingTable): RoutingTable {
  const translated = [...table.profiles.values()].filter(isChatTranslated).map(({ type }) => type);
  const scopes = [...table.scopes].map(([prefix, scope]): [string, ProviderScope] =>
    scope.type === OPENAI_COMPATIBLE
      ? [prefix, { ...scope, types: new Set([...scope.types, ...translated]) }]
      : [prefix, scope],
  );
  return { ...table, scopes: new Map(scopes) };
}

/** A profile that has the chat and yet stays out of the route says so itself, and is left alone. */
function isChatTranslated({ operations, openaiCompatible }: ProviderProfile): boolean {
  if (openaiCompatible || operations.chat !== undefined) return false;
  return EQUIVALENT_OPERATIONS.chat?.some((other) => operations[other] !== undefined) === true;
}
