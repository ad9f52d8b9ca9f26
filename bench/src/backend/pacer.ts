/** Calls back at the times asked for; all that is due at one time shares a timer. */
class Pacer {
  readonly #due = new Map<number, (() => void)[]>();

  after(milliseconds: number, call: () => void): void {
    this.#at(Math.round(performance.now() + milliseconds), call);
  }

  /** Again and again, without drifting, while the call says so. */
  every(milliseconds: number, call: () => boolean): void {
    let due = Math.round(performance.now());
    const next = (): void => {
      due += milliseconds;
      this.#at(due, () => call() && next());
    };
    next();
  }

  #at(due: number, call: () => void): void {
    const calls = this.#due.get(due);
    if (calls !== undefined) {
      calls.push(call);
      return;
    }
    this.#due.set(due, [call]);
    setTimeout(
      () => {
        const all = this.#due.get(due) ?? [];
        this.#due.delete(due);
        for (const one of all) one();
      },
      Math.max(0, due - performance.now()),
    );
  }
}

export const pacer = new Pacer();
