import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";

/** A decision that allows, with room left. */
export function makeRateDecision(over: Partial<RateDecision> = {}): RateDecision {
  return {
    allowed: true,
    limit: 100,
    remaining: 49,
    resetSeconds: 1,
    retryAfterSeconds: 0,
    refusedBy: undefined,
    ...over,
  };
}

/** A limiter that decides what a test says, and allows when the script has ended. */
export class FakeRateLimiter implements RateLimiter {
  /** Client addresses, one per check. */
  readonly checked: string[] = [];
  readonly #script: RateDecision[];

  /** @param script decisions, one per check */
  constructor(script: readonly RateDecision[] = []) {
    this.#script = [...script];
  }

  check(clientAddress: string): RateDecision {
    this.checked.push(clientAddress);
    return this.#script.shift() ?? makeRateDecision();
  }
}
