import type { Operation, ProviderProfile } from "./provider-profile.ts";

/**
 * Operations that can stand for another one when the request and its answer are
 * translated, best first.
 */
export const EQUIVALENT_OPERATIONS: Readonly<Partial<Record<Operation, readonly Operation[]>>> = {
  chat: ["messages", "ollama_chat"],
  responses: ["chat", "messages", "ollama_chat"],
  messages: ["chat", "ollama_chat"],
  ollama_chat: ["chat", "messages"],
  ollama_generate: ["chat", "messages"],
  embeddings: ["ollama_embed"],
  ollama_embed: ["embeddings"],
  ollama_embeddings: ["ollama_embed", "embeddings"],
};

/** How an endpoint serves a request. */
export interface ServingPlan {
  /** `passthrough`: bytes untouched. `translated`: read and written anew in another dialect. */
  readonly mode: "passthrough" | "translated";
  /** What the endpoint is asked to do; undefined when the path is none that is known. */
  readonly operation: Operation | undefined;
}

/**
 * How an endpoint of this profile serves an operation: as it is when the backend
 * offers it, else by the first equivalent it offers, else as it is all the same.
 *
 * @param native false when the backend's own form must not be used for this request
 */
export function planServing(
  profile: ProviderProfile | undefined,
  operation: Operation | undefined,
  native = true,
): ServingPlan {
  const substitute = substituteFor(profile, operation, native);
  return substitute === undefined
    ? { mode: "passthrough", operation }
    : { mode: "translated", operation: substitute };
}

/** Whether an endpoint of this profile serves the operation as it is; see `planServing`. */
export function servesAsItIs(
  profile: ProviderProfile | undefined,
  operation: Operation | undefined,
  native: boolean,
): boolean {
  return substituteFor(profile, operation, native) === undefined;
}

function substituteFor(
  profile: ProviderProfile | undefined,
  operation: Operation | undefined,
  native: boolean,
): Operation | undefined {
  if (profile === undefined || operation === undefined) return undefined;
  if (native && profile.operations[operation] !== undefined) return undefined;
  return EQUIVALENT_OPERATIONS[operation]?.find((other) => profile.operations[other] !== undefined);
}
