import type { Endpoint } from "./endpoint.ts";
import type { ProxyError } from "./proxy-error.ts";
import type { AliasRoute, ModelRoute } from "./routing-table.ts";

/** Which rule kept an endpoint out. */
export type ExclusionRule =
  | "provider_scope"
  | "path_unsupported"
  | "model_not_listed"
  | "not_routable"
  | "breaker_open"
  | "draining";

/** One endpoint left out, and why. */
export interface Exclusion {
  readonly endpoint: Endpoint;
  readonly rule: ExclusionRule;
  /** For people: `status is offline`. */
  readonly detail: string;
}

interface Explained {
  /** `strict`, `optimistic`, `discovery`, `alias`; undefined when the request names no model. */
  readonly strategy: string | undefined;
  /** Stable word, or the sentence of an alias. */
  readonly reason: string;
  /**
   * Endpoints left out. For live requests only those that list the model; a
   * full account is made when the decision is asked for with `explain`.
   */
  readonly excluded: readonly Exclusion[];
}

/** The request may go to any of `candidates`. */
export interface RoutedDecision extends Explained {
  readonly action: "routed" | "fallback";
  /** In configuration order, never empty. */
  readonly candidates: readonly Endpoint[];
  readonly model: ModelRoute | undefined;
  readonly alias: AliasRoute | undefined;
}

/** Nothing can serve the request. */
export interface RejectedDecision extends Explained {
  readonly action: "rejected";
  readonly error: ProxyError;
}

/** The result of routing, with its own explanation: headers, log and explain API all print this. */
export type RoutingDecision = RoutedDecision | RejectedDecision;

/**
 * The model name that an endpoint has to be sent, when it is not the one asked
 * for: the target of an alias, or the endpoint's own spelling of a tag.
 */
export function upstreamModelName(
  decision: RoutedDecision,
  endpoint: Endpoint,
): string | undefined {
  const target = decision.alias?.targets.get(endpoint.slot);
  if (target !== undefined) return target.upstreamNames.get(endpoint.slot) ?? target.name;
  return decision.model?.upstreamNames.get(endpoint.slot);
}

/** The model whose statistics a request counts for: an alias counts for its target. */
export function servedModel(decision: RoutedDecision, endpoint: Endpoint): ModelRoute | undefined {
  return decision.alias?.targets.get(endpoint.slot) ?? decision.model;
}
