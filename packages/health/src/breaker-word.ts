import type { BreakerState } from "@olla-ts/core/ports";

/**
 * The whole state of one breaker in 64 bits, so that one compare-and-exchange
 * makes a transition and no thread can see half of one.
 *
 * From the low end: state (2 bits), sequence (20), value (42). The value is the
 * count of consecutive failures while `closed`, and otherwise the time since
 * which the breaker is open or its probe under way, in milliseconds since 1970;
 * 42 bits reach the year 2109.
 */
export type BreakerWord = bigint;

const STATES: readonly BreakerState[] = ["closed", "open", "half-open"];
const CODES: Readonly<Record<BreakerState, bigint>> = { closed: 0n, open: 1n, "half-open": 2n };
const STATE_BITS = 2n;
const STATE_MASK = 0b11n;
const SEQUENCE_BITS = 20;
const SEQUENCE_COUNT = 2 ** SEQUENCE_BITS;
const VALUE_SHIFT = STATE_BITS + BigInt(SEQUENCE_BITS);

/** State that the word stands for. */
export function stateOf(word: BreakerWord): BreakerState {
  return STATES[Number(word & STATE_MASK)] ?? "closed";
}

/** Grows with every change of state and every admitted probe; wraps round after a million. */
export function sequenceOf(word: BreakerWord): number {
  return Number(BigInt.asUintN(SEQUENCE_BITS, word >> STATE_BITS));
}

/** Consecutive failures while `closed`, else milliseconds since 1970. */
export function valueOf(word: BreakerWord): number {
  return Number(BigInt.asUintN(64, word) >> VALUE_SHIFT);
}

/** The word of the next state: a new sequence, so that earlier tickets are void. */
export function following(word: BreakerWord, state: BreakerState, value: number): BreakerWord {
  return pack(state, (sequenceOf(word) + 1) % SEQUENCE_COUNT, value);
}

/** The same state and sequence with another value. */
export function withValue(word: BreakerWord, value: number): BreakerWord {
  return pack(stateOf(word), sequenceOf(word), value);
}

function pack(state: BreakerState, sequence: number, value: number): BreakerWord {
  const bits = (BigInt(value) << VALUE_SHIFT) | (BigInt(sequence) << STATE_BITS) | CODES[state];
  return BigInt.asIntN(64, bits);
}
