import type { Endpoint } from "../domain/endpoint.ts";
import type { Affinity } from "../domain/intent.ts";

/** What a strategy may know of the request it selects for. */
export interface SelectionContext {
  /** Lower-cased model name, or empty. */
  readonly model: string;
  readonly affinity: Affinity | undefined;
}

/** How sticky routing found the endpoint. */
export type StickyOutcome = "hit" | "miss" | "repin" | "disabled";

export interface Selection {
  readonly endpoint: Endpoint;
  /** Set by the sticky decorator alone. */
  readonly sticky?: StickyOutcome;
}

/** How a strategy sees one candidate at this moment. */
export interface CandidateScore {
  readonly endpoint: Endpoint;
  /** Higher is better; comparable within one preview alone. */
  readonly score: number;
  /** What the score is made of, for people: `2 in flight`. */
  readonly detail: string;
}

/** What a selection would be. */
export interface SelectionPreview extends Selection {
  /** One per candidate, in the order given. */
  readonly scores: readonly CandidateScore[];
}

/**
 * Chooses the endpoint an attempt goes to.
 *
 * The caller passes the candidates, already filtered by model, capability and
 * health. Called once per attempt, on the request path: must not await, and
 * must not keep the array.
 */
export interface LoadBalancer {
  /** Configuration key of the strategy, for example `round-robin`. */
  readonly strategy: string;

  /**
   * @param candidates endpoints allowed for this attempt, in configuration order
   * @returns one of `candidates`, by identity
   * @throws ProxyError `no_endpoint` when `candidates` is empty
   */
  selectEndpoint(candidates: readonly Endpoint[], context: SelectionContext): Selection;

  /**
   * What `selectEndpoint` would return now, made by the same rules. Takes no turn, remembers and
   * counts nothing: as long as nothing else selects, the next selection is this one. Off the
   * request path.
   *
   * @param earlier what selections of the same request would have returned before this one
   * @throws ProxyError `no_endpoint` when `candidates` is empty
   */
  previewSelection(
    candidates: readonly Endpoint[],
    context: SelectionContext,
    earlier: readonly Endpoint[],
  ): SelectionPreview;

  /** Tells the strategy of an endpoint before it can be a candidate. */
  registerEndpoint(endpoint: Endpoint): void;

  /** Lets the strategy forget an endpoint that left the configuration. */
  removeEndpoint(endpoint: Endpoint): void;
}
