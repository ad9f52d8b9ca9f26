import type { RandomSource } from "@olla-ts/core/ports";

/** Multiples of the interval after the first, second, … failed probe in a row; the last one stays. */
const MULTIPLIERS: readonly number[] = [1, 2, 4, 8];
const LAST_MULTIPLIER = 12;
/** Longest wait after a failed probe, in milliseconds. */
export const MAX_BACKOFF_MS = 60_000;
/** Longest wait while an endpoint is about to come back, in milliseconds. */
const CLOSE_WATCH_MS = 1_000;

/** How long probes stay close together after real traffic failed, in milliseconds. */
export const RECOVERY_WINDOW_MS = 30_000;

/**
 * Wait after failed probes in a row, in milliseconds: 1, 2, 4, 8, then 12
 * intervals, never over a minute.
 *
 * @param failures at least 1
 */
export function backoffMs(intervalMs: number, failures: number): number {
  const multiplier = MULTIPLIERS[failures - 1] ?? LAST_MULTIPLIER;
  return Math.min(intervalMs * multiplier, MAX_BACKOFF_MS);
}

/** Wait between probes of an endpoint that is expected back any moment. */
export function closeWatchMs(intervalMs: number): number {
  return Math.min(intervalMs, CLOSE_WATCH_MS);
}

/** Spreads a wait evenly over `[1 - ratio, 1 + ratio]` of it. */
export function jittered(waitMs: number, ratio: number, random: RandomSource): number {
  return waitMs * (1 + (2 * random() - 1) * ratio);
}
