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

export interface NativeSupportOptions {
  readonly clock: Clock;
  /** Whether Anthropic requests may be passed through at all. */
  readonly anthropicPassthrough: boolean;
  /**
   * When each refusal is forgotten: `OPERATION_COUNT` cells per endpoint slot, zeros at first
   * and for an endpoint that is new in its slot. On shared memory every thread knows of it.
   */
  readonly refusedUntil: Float64Array;
}

const OPERATION_INDEX: Readonly<Record<Operation, number>> = {
  chat: 0,
  completions: 1,
  embeddings: 2,
  responses: 3,
  messages: 4,
  count_tokens: 5,
  models: 6,
  rerank: 7,
  tokenize: 8,
  detokenize: 9,
  ollama_chat: 10,
  ollama_generate: 11,
  ollama_embed: 12,
  ollama_embeddings: 13,
};

/** Cells of one endpoint. */
export const OPERATION_COUNT: number = Object.keys(OPERATION_INDEX).length;

export function createNativeSupport({
  clock,
  anthropicPassthrough,
  refusedUntil,
}: NativeSupportOptions): NativeSupport {
  function isRefused(endpoint: Endpoint, operation: Operation): boolean {
    const until = refusedUntil[cellOf(endpoint, operation)] ?? 0;
    return until !== 0 && until > clock.now();
  }

  return {
    allows(endpoint, profile, operation, translation) {
      if (operation === undefined) return true;
      if (isRefused(endpoint, operation)) return false;
      if (operation !== "messages") return true;
      return anthropicPassthrough && !isLimited(profile, translation);
    },
    refuse(endpoint, operation) {
      refusedUntil[cellOf(endpoint, operation)] = clock.now() + FORGET_AFTER_MS;
    },
  };
}

function cellOf({ slot }: Endpoint, operation: Operation): number {
  return slot * OPERATION_COUNT + OPERATION_INDEX[operation];
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
