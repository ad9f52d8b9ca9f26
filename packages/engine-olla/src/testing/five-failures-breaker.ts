import type { Endpoint } from "@olla-ts/core";
import type { BreakerState, CircuitBreaker, Clock } from "@olla-ts/core/ports";

/** Opens after five failures in a row, lets one probe through after 30 s. */
export class FiveFailuresBreaker implements CircuitBreaker {
  readonly #clock: Clock;
  readonly #failures = new Map<number, number>();
  readonly #openedAt = new Map<number, number>();
  readonly #probing = new Set<number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  state({ slot }: Endpoint): BreakerState {
    const openedAt = this.#openedAt.get(slot);
    if (openedAt === undefined) return "closed";
    return this.#clock.now() - openedAt < 30_000 ? "open" : "half-open";
  }

  admit(endpoint: Endpoint): number | undefined {
    const state = this.state(endpoint);
    if (state === "open" || this.#probing.has(endpoint.slot)) return undefined;
    if (state === "half-open") this.#probing.add(endpoint.slot);
    return 1;
  }

  report({ slot }: Endpoint, _ticket: number, result: "success" | "failure" | "abandoned"): void {
    const wasProbe = this.#probing.delete(slot);
    if (result === "success") this.reset(slot);
    if (result !== "failure") return;
    const failures = (this.#failures.get(slot) ?? 0) + 1;
    this.#failures.set(slot, failures);
    if (wasProbe || failures >= 5) this.#openedAt.set(slot, this.#clock.now());
  }

  reset(slot: number | Endpoint): void {
    const row = typeof slot === "number" ? slot : slot.slot;
    this.#failures.delete(row);
    this.#openedAt.delete(row);
  }
}
