import { setTimeout as startTimer } from "node:timers";

/** How long a contract case waits for something that must happen, in milliseconds. */
const PATIENCE_MS = 8_000;

/**
 * Lets a test wait for a condition on something that changes by events. The wait
 * ends with an error that says what did not happen, rather than with the test
 * runner's bare time-out.
 */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Has every waiting condition looked at again. */
  notify(): void {
    for (const look of this.#waiting) look();
  }

  /** @param what what must happen, as in `waited for <what>` */
  async until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = startTimer(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
    const look = (): void => {
      if (condition()) resolve();
    };
    this.#waiting.add(look);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}

/** The promise's own outcome, or an error naming what did not happen in time. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = startTimer(() => late.reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets real time pass, for what shows only by not happening. */
export async function pass(delayMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  startTimer(resolve, delayMs);
  await promise;
}

/** Waits until the figure has stood still for `quietMs`, and returns it. */
export async function standsStill(figure: () => number, quietMs: number): Promise<number> {
  for (;;) {
    const before = figure();
    await pass(quietMs);
    if (figure() === before) return before;
  }
}
