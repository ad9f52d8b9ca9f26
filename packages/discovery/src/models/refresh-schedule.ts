import type { RandomSource } from "@olla-ts/core/ports";

/** When an endpoint is asked again. All in milliseconds. */
export interface RefreshScheduleOptions {
  /** Between two successful refreshes. */
  readonly intervalMs: number;
  /** Before the first repetition after a failure. */
  readonly backoffMinMs: number;
  /** Longest wait after however many failures. */
  readonly backoffMaxMs: number;
  /** Repetitions with backoff; after them a failing endpoint waits the interval. */
  readonly retryAttempts: number;
  readonly random: RandomSource;
}

/** Share of a wait that is left to chance, so that endpoints do not fall into step. */
const JITTER = 0.1;

/**
 * Wait until the next refresh, in milliseconds. Never infinite: an endpoint that
 * failed any number of times is still asked.
 *
 * After a success the interval, shortened by up to a tenth. After failures
 * between half and all of a limit that doubles with each ("equal jitter"), until
 * the repetitions are used up.
 *
 * @param failures in a row
 */
export function nextRefreshMs(
  failures: number,
  { intervalMs, backoffMinMs, backoffMaxMs, retryAttempts, random }: RefreshScheduleOptions,
): number {
  if (failures === 0 || failures > retryAttempts) return intervalMs * (1 - JITTER * random());
  const limit = Math.min(backoffMaxMs, backoffMinMs * 2 ** (failures - 1));
  return (limit / 2) * (1 + random());
}
