/** Verdict on one request. */
export interface RateDecision {
  readonly allowed: boolean;
  /** Requests per minute of one client address; 0 when unlimited. */
  readonly limit: number;
  /** Requests this client could make at once after this one. */
  readonly remaining: number;
  /** Seconds until the allowance is whole again, rounded up. */
  readonly resetSeconds: number;
  /** Seconds to wait, at least 1; 0 when allowed. */
  readonly retryAfterSeconds: number;
  /** Which limit refused. */
  readonly refusedBy: "client" | "global" | undefined;
}

/** Limits requests per client address and in all. Called once per request, must not await. */
export interface RateLimiter {
  /** Counts the request when allowed; a refused one costs nothing. */
  check(clientAddress: string): RateDecision;
}
