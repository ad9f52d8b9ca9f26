import type { TrafficStats } from "@olla-ts/core/ports";

/** What success is judged by. */
export type Verdicts = Pick<TrafficStats, "succeeded" | "failed">;

/**
 * Share of requests that succeeded among those that succeeded or failed, 0 to
 * 100. Clients that left and refused requests say nothing about the backends.
 *
 * @returns undefined when there is none to judge by
 */
export function successPercent({ succeeded, failed }: Verdicts): number | undefined {
  const judged = succeeded + failed;
  return judged === 0 ? undefined : (succeeded / judged) * 100;
}

/** `successPercent` to one decimal, 0 when there is nothing to judge by: the form for metrics. */
export function roundedSuccess(verdicts: Verdicts): number {
  return Math.round((successPercent(verdicts) ?? 0) * 10) / 10;
}
