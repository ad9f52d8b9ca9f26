import type { Endpoint, ProxyError } from "@olla-ts/core";
import type { CircuitBreaker } from "@olla-ts/core/ports";

/**
 * A breaker's permission for one attempt, reported back exactly once.
 *
 * An answer of any status counts as a success, since one client's request may be what
 * makes a backend answer 500. It counts when it was delivered, because a backend that keeps
 * breaking its streams must not look healthy; only the attempt that probes a half-open
 * breaker counts at its head, or a long stream would hold up recovery.
 */
export class Admission {
  readonly #breaker: CircuitBreaker;
  readonly #endpoint: Endpoint;
  readonly #ticket: number;
  readonly #isProbe: boolean;
  #reported: "success" | "failure" | "abandoned" | undefined;

  private constructor(breaker: CircuitBreaker, endpoint: Endpoint, ticket: number) {
    this.#breaker = breaker;
    this.#endpoint = endpoint;
    this.#ticket = ticket;
    this.#isProbe = breaker.state(endpoint) === "half-open";
  }

  /** @returns undefined when the breaker refuses */
  static ask(breaker: CircuitBreaker, endpoint: Endpoint): Admission | undefined {
    const ticket = breaker.admit(endpoint);
    return ticket === undefined ? undefined : new Admission(breaker, endpoint, ticket);
  }

  /** The response head arrived. */
  answered(): void {
    if (this.#isProbe) this.#report("success");
  }

  /** The attempt is over. */
  ended(error: ProxyError | undefined): void {
    if (error === undefined) this.#report("success");
    else if (error.failure.againstEndpoint) this.#fail();
    else this.#report("abandoned");
  }

  /** Nothing was sent. */
  abandoned(): void {
    this.#report("abandoned");
  }

  /** A stream that breaks after its probe was counted as a success counts on a ticket of its own. */
  #fail(): void {
    if (this.#reported === "success") {
      const ticket = this.#breaker.admit(this.#endpoint);
      if (ticket !== undefined) this.#breaker.report(this.#endpoint, ticket, "failure");
      return;
    }
    this.#report("failure");
  }

  #report(result: "success" | "failure" | "abandoned"): void {
    if (this.#reported !== undefined) return;
    this.#reported = result;
    this.#breaker.report(this.#endpoint, this.#ticket, result);
  }
}
