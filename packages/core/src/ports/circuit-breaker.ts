import type { Endpoint } from "../domain/endpoint.ts";

/** In the electrical sense: `open` lets nothing through. */
export type BreakerState = "closed" | "open" | "half-open";

/**
 * Keeps requests away from an endpoint that keeps failing.
 *
 * Selection never sees an endpoint whose breaker refuses it. An attempt asks for
 * admission and reports exactly one result; a client that left reports `abandoned`.
 */
export interface CircuitBreaker {
  state(endpoint: Endpoint): BreakerState;
  /**
   * Asks to send one attempt.
   *
   * @returns a ticket to report with, or undefined when refused. In `half-open`
   * exactly one attempt at a time is admitted.
   */
  admit(endpoint: Endpoint): number | undefined;
  /** The endpoint answered, or failed, or the attempt ended through nobody's fault. */
  report(endpoint: Endpoint, ticket: number, result: "success" | "failure" | "abandoned"): void;
  /** Closed and without failures, for a new endpoint or after recovery. */
  reset(endpoint: Endpoint): void;
}
