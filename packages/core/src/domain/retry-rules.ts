import type { Cancellation } from "./cancellation.ts";
import type { Failure } from "./failure.ts";

/** How often, after what and how soon a request goes to another endpoint. */
export interface RetryRules {
  /** Most sends of one request, the first included; `Infinity` for one per candidate. */
  readonly maxAttempts: number;
  /** Upper bound of the pause before the first retry, in milliseconds; doubles with each further one. */
  readonly backoffMs: number;
  /** Whether a connection that cannot be made, or ends before the answer, is a reason. */
  readonly afterConnectionFailure: boolean;
}

/** Each candidate gets its turn, at once: the next endpoint has no part in the last one's failure. */
export const EVERY_CANDIDATE: RetryRules = {
  maxAttempts: Infinity,
  backoffMs: 0,
  afterConnectionFailure: true,
};

/** Longest pause between two attempts, in milliseconds, however many there were. */
const MAX_PAUSE_MS = 30_000;

/**
 * Whether a failed request may go to another endpoint.
 *
 * @param repeatable whether running it twice does no harm
 */
export function allowsRetry(
  { retry, takesOut }: Failure,
  repeatable: boolean,
  { afterConnectionFailure }: RetryRules,
): boolean {
  if (takesOut && !afterConnectionFailure) return false;
  return retry === "elsewhere" || (retry === "if-repeatable" && repeatable);
}

/** What a pause needs of its caller. */
export interface PauseParts {
  readonly clock: { schedule(callback: () => void, delayMs: number): Disposable };
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ends the pause at once. */
  readonly cancellation: Cancellation;
}

/**
 * The pause before a retry, with full jitter: uniform between nothing and a bound
 * that doubles with every retry. Undefined when there is none to wait for.
 *
 * @param retry from 1
 */
export function pauseBeforeRetry(
  { backoffMs }: RetryRules,
  retry: number,
  { clock, random, cancellation }: PauseParts,
): Promise<void> | undefined {
  if (backoffMs <= 0) return undefined;
  const delayMs = random() * Math.min(MAX_PAUSE_MS, backoffMs * 2 ** (retry - 1));
  return new Promise((resolve) => {
    const timer = clock.schedule(resolve, delayMs);
    cancellation.listen(() => {
      timer[Symbol.dispose]();
      resolve();
    });
  });
}
