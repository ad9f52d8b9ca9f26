/** Counts the requests that are under way, for whoever has to wait until there is none. */
export class RunningRequests {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    const told = this.#waiting;
    this.#waiting = [];
    for (const resolve of told) resolve();
  }

  /** Resolves as soon as no request is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
