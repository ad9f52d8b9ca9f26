import type { ExclusionRule, HealthStatus, Operation } from "@olla-ts/core";
import type { StickyOutcome } from "@olla-ts/core/ports";

/** A request whose way is asked for; it is never sent. */
export interface RouteQuestion {
  readonly method: string;
  /** Path and query as a client would send them, `/olla/…`. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer | undefined;
  readonly clientAddress: string;
}

/** What keeps an endpoint from a request: a rule of routing, or of what comes after it. */
export type RouteFilter = ExclusionRule | "cannot_count_tokens" | "needs_translation";

/** Why an endpoint does not get a request. */
export interface Removal {
  readonly filter: RouteFilter;
  /** For people. */
  readonly detail: string;
  /** Key of the configuration to look at. */
  readonly configKey: string;
}

/** One configured endpoint as routing sees it for one request. */
export interface EndpointOutcome {
  readonly name: string;
  readonly type: string;
  readonly priority: number;
  readonly status: HealthStatus;
  readonly inFlight: number;
  readonly outcome: "winner" | "runner_up" | "candidate" | "removed";
  /** Set when it was removed. */
  readonly removedBy: Removal | undefined;
  /** Name under which it would be asked for the model. */
  readonly model: string | undefined;
  /** How it would serve the request; undefined when it was removed. */
  readonly plan:
    | { readonly mode: "passthrough" | "translated"; readonly operation: Operation | undefined }
    | undefined;
  /** What the strategy gives it: higher is better. */
  readonly score: number | undefined;
  readonly scoreDetail: string | undefined;
}

/** Where a request would go, and why. */
export interface RouteExplanation {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly operation: Operation | undefined;
    /** Kind of backend that the route is restricted to. */
    readonly scope: string | undefined;
    readonly model: string | undefined;
    readonly stream: boolean;
    /** What tells the conversation; its key is nobody's business. */
    readonly affinity: string | undefined;
  };
  /**
   * `answered`: by the gateway itself. `redirected`: to another spelling of the path.
   * `rejected`: nobody gets it, see `error`.
   */
  readonly action: "routed" | "fallback" | "rejected" | "answered" | "redirected";
  /** `strict`, `optimistic`, `discovery` or `alias`. */
  readonly strategy: string | undefined;
  readonly reason: string;
  readonly alias: string | undefined;
  readonly balancer: { readonly strategy: string; readonly sticky: StickyOutcome | undefined };
  readonly winner: string | undefined;
  /** Who is asked when the winner fails. */
  readonly runnerUp: string | undefined;
  /** In configuration order. */
  readonly endpoints: readonly EndpointOutcome[];
  /** What the client is told when nobody gets it. */
  readonly error:
    | { readonly code: string; readonly status: number; readonly message: string }
    | undefined;
  /** What else is worth knowing, for people. */
  readonly notes: readonly string[];
}
