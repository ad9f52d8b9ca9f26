/** A rate, and how far ahead of it requests may come. */
export interface Allowance {
  /** Milliseconds that one request stands for. */
  readonly intervalMs: number;
  /** Requests that may come at once; 0 admits none. */
  readonly burst: number;
}

/** What a request finds, and leaves behind. */
export interface Spending {
  readonly allowed: boolean;
  /** The theoretical arrival time to keep; unchanged by a refused request. */
  readonly arrivalMs: number;
  /** Requests that could come at once after this one. */
  readonly remaining: number;
  /** Seconds until the allowance is whole again, rounded up. */
  readonly resetSeconds: number;
  /** Seconds until a request would be allowed, rounded up, at least 1; 0 when this one was. */
  readonly retryAfterSeconds: number;
}

/** Far below any interval, far above what rounding adds to a time in milliseconds. */
const ROUNDING_MS = 1e-3;

/**
 * The generic cell rate algorithm, as virtual scheduling (ITU-T I.371, annex A):
 * the only state is the theoretical arrival time, when the next request would
 * come if all came evenly spaced. A request may come earlier by `burst - 1` intervals.
 *
 * Never more than `burst + t / intervalMs` requests are allowed within `t` milliseconds.
 *
 * @param arrivalMs theoretical arrival time kept from the last request; anything past for none
 * @param nowMs same clock
 */
export function spend(
  { intervalMs, burst }: Allowance,
  arrivalMs: number,
  nowMs: number,
): Spending {
  const debtMs = Math.max(0, arrivalMs - nowMs);
  const waitMs = debtMs - (burst - 1) * intervalMs;
  if (waitMs > ROUNDING_MS) {
    return {
      allowed: false,
      arrivalMs,
      remaining: 0,
      resetSeconds: wholeSeconds(debtMs),
      // A client told 0 would come back at once.
      retryAfterSeconds: Math.max(1, wholeSeconds(waitMs)),
    };
  }
  const wholeInMs = debtMs + intervalMs;
  return {
    allowed: true,
    arrivalMs: nowMs + wholeInMs,
    remaining: Math.max(0, Math.floor(burst - (wholeInMs - ROUNDING_MS) / intervalMs)),
    resetSeconds: wholeSeconds(wholeInMs),
    retryAfterSeconds: 0,
  };
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(0, Math.ceil((milliseconds - ROUNDING_MS) / 1000));
}
