import type { Endpoint, EndpointStates, SharedState } from "@olla-ts/core";
import type { BreakerState, CircuitBreaker, Clock } from "@olla-ts/core/ports";

import {
  following,
  sequenceOf,
  stateOf,
  valueOf,
  withValue,
  type BreakerWord,
} from "./breaker-word.ts";

/** Stands in place of a time: nobody holds the probe. */
const NOBODY = 0;
/** A time further ahead than this means that the system clock was set back. */
const CLOCK_STEP_MS = 1_000;

export interface CircuitBreakerOptions {
  /** Memory that every thread with the same breakers was given. */
  readonly shared: SharedState;
  /** Told which endpoints the breaker refuses, so that selection leaves them out. */
  readonly states: EndpointStates;
  /** Highest number of endpoints; the same in every thread. */
  readonly capacity: number;
  readonly clock: Clock;
  /** Failures in a row that open the breaker, at least 1; default 5. */
  readonly threshold?: number;
  /** How long an open breaker refuses, and how long a probe may take, in milliseconds; default 30 000. */
  readonly openMs?: number;
  /** Called in the thread that made the change, after it is in force. */
  readonly onChange?: (endpoint: Endpoint, state: BreakerState) => void;
}

/**
 * A breaker per endpoint, exact across threads: all state is in shared memory.
 *
 * The thread that opens a breaker also lets the endpoint be selected again after
 * `openMs`; asking for `state` does the same, should that thread have ended.
 */
export function createCircuitBreaker({
  shared,
  states,
  capacity,
  clock,
  threshold = 5,
  openMs = 30_000,
  onChange,
}: CircuitBreakerOptions): CircuitBreaker & Disposable {
  const words = shared.bigint64("breaker.words", capacity);
  const timers = new Map<number, Disposable>();

  /** Milliseconds for which nobody is admitted; 0 when a request may pass. */
  function refusedForMs(word: BreakerWord): number {
    if (stateOf(word) === "closed") return 0;
    // Wall time, because monotonic clocks of threads have different zero points.
    const elapsedMs = clock.wallTime() - valueOf(word);
    if (elapsedMs < -CLOCK_STEP_MS) return 0;
    return Math.max(0, Math.ceil(openMs - elapsedMs));
  }

  function exchange(slot: number, from: BreakerWord, to: BreakerWord): boolean {
    return Atomics.compareExchange(words, slot, from, to) === from;
  }

  /**
   * Brings selection in step. Repeats when another thread changed the word
   * meanwhile: whoever writes the flag last has seen the latest word.
   */
  function publish(slot: number): void {
    let word: BreakerWord;
    let refusedMs: number;
    do {
      word = Atomics.load(words, slot);
      refusedMs = refusedForMs(word);
      states.setRefusedByBreaker(slot, refusedMs > 0);
    } while (Atomics.load(words, slot) !== word);
    timers.get(slot)?.[Symbol.dispose]();
    timers.delete(slot);
    if (refusedMs > 0)
      timers.set(
        slot,
        clock.schedule(() => publish(slot), refusedMs),
      );
  }

  function now(): number {
    return Math.trunc(clock.wallTime());
  }

  /** The word that a result leads to; the same word when it changes nothing. */
  function afterResult(
    word: BreakerWord,
    result: "success" | "failure" | "abandoned",
  ): BreakerWord {
    if (stateOf(word) === "closed") {
      if (result === "abandoned") return word;
      if (result === "success") return valueOf(word) === 0 ? word : withValue(word, 0);
      const failures = valueOf(word) + 1;
      return failures < threshold ? withValue(word, failures) : following(word, "open", now());
    }
    if (result === "success") return following(word, "closed", 0);
    if (result === "failure") return following(word, "open", now());
    return following(word, "half-open", NOBODY);
  }

  function announce(endpoint: Endpoint, before: BreakerWord, after: BreakerWord): void {
    if (sequenceOf(before) === sequenceOf(after)) return;
    publish(endpoint.slot);
    if (stateOf(before) !== stateOf(after)) onChange?.(endpoint, stateOf(after));
  }

  return {
    state({ slot }: Endpoint): BreakerState {
      const word = Atomics.load(words, slot);
      if (stateOf(word) !== "closed" && refusedForMs(word) === 0) publish(slot);
      return stateOf(word);
    },

    admit(endpoint: Endpoint): number | undefined {
      for (;;) {
        const word = Atomics.load(words, endpoint.slot);
        if (stateOf(word) === "closed") return sequenceOf(word);
        if (refusedForMs(word) > 0) return undefined;
        const probing = following(word, "half-open", now());
        if (!exchange(endpoint.slot, word, probing)) continue;
        announce(endpoint, word, probing);
        return sequenceOf(probing);
      }
    },

    report(endpoint: Endpoint, ticket: number, result: "success" | "failure" | "abandoned"): void {
      for (;;) {
        const word = Atomics.load(words, endpoint.slot);
        // An open breaker has a sequence of its own that no ticket bears.
        if (sequenceOf(word) !== ticket || stateOf(word) === "open") return;
        const next = afterResult(word, result);
        if (next === word) return;
        if (!exchange(endpoint.slot, word, next)) continue;
        announce(endpoint, word, next);
        return;
      }
    },

    reset(endpoint: Endpoint): void {
      for (;;) {
        const word = Atomics.load(words, endpoint.slot);
        const closed = following(word, "closed", 0);
        if (!exchange(endpoint.slot, word, closed)) continue;
        announce(endpoint, word, closed);
        return;
      }
    },

    [Symbol.dispose](): void {
      for (const timer of timers.values()) timer[Symbol.dispose]();
      timers.clear();
    },
  };
}
