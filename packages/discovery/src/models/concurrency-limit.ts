/** Runs at most so many tasks at a time; the others wait in order of arrival. */
export class ConcurrencyLimit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @throws RangeError when `limit` is below 1 */
  constructor(limit: number) {
    if (limit < 1) throw new RangeError(`concurrency must be at least 1, not ${limit}`);
    this.#free = limit;
  }

  /** Runs the task when its turn comes. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place passes straight on, so that nobody who arrives meanwhile takes it.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
