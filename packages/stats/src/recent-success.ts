import type { Clock } from "@olla-ts/core/ports";

import { successPercent, type Verdicts } from "./success-percent.ts";

export interface RecentSuccessOptions {
  /** Read for the age of observations. */
  readonly clock: Clock;
  /** How far back requests count, in milliseconds; default 5 minutes. */
  readonly windowMs?: number;
  /** Fewest judged requests in the window that make a verdict; default 10. */
  readonly minRequests?: number;
}

/** The success of the last minutes, made from counters that only grow. */
export interface RecentSuccess {
  /**
   * Takes a reading and tells the success since the one at the start of the
   * window, 0 to 100. Call it at a steady pace, once every few seconds.
   *
   * @returns undefined when too few requests fell into the window
   */
  observe(totals: Verdicts): number | undefined;
}

interface Reading extends Verdicts {
  readonly at: number;
}

/** Parts of the window: what falls out of it does so in steps of this share. */
const STEPS = 60;

/**
 * Watches success over a sliding window, so that a failure long past does not
 * mark the gateway as degraded for days.
 */
export function createRecentSuccess({
  clock,
  windowMs = 300_000,
  minRequests = 10,
}: RecentSuccessOptions): RecentSuccess {
  const readings: Reading[] = [{ at: clock.now(), succeeded: 0, failed: 0 }];

  /** The latest reading that is a whole window old, or the first there is. */
  function baseline(now: number): Reading | undefined {
    while ((readings[1]?.at ?? Number.POSITIVE_INFINITY) <= now - windowMs) readings.shift();
    return readings[0];
  }

  return {
    observe({ succeeded, failed }) {
      const now = clock.now();
      const start = baseline(now);
      if (now - (readings.at(-1)?.at ?? 0) >= windowMs / STEPS) {
        readings.push({ at: now, succeeded, failed });
      }
      const recent = {
        succeeded: succeeded - (start?.succeeded ?? 0),
        failed: failed - (start?.failed ?? 0),
      };
      return recent.succeeded + recent.failed < minRequests ? undefined : successPercent(recent);
    },
  };
}
