import type { SharedState } from "./shared-state.ts";

/** Longest wait for a notice: a thread may have died between an event and its notice. */
const RECHECK_MS = 250;

const MOMENT = 0;
const WAITING = 1;

/** Tells all threads that something happened. */
export class SharedSignal {
  readonly #cells: Int32Array;

  constructor(shared: SharedState, name: string) {
    this.#cells = shared.int32(name, 2);
  }

  /** It happened. Costs next to nothing while nobody waits. */
  give(): void {
    Atomics.add(this.#cells, MOMENT, 1);
    if (Atomics.load(this.#cells, WAITING) > 0) Atomics.notify(this.#cells, MOMENT);
  }

  /** A value for `given`; read it before looking for what would make waiting needless. */
  moment(): number {
    return Atomics.load(this.#cells, MOMENT);
  }

  /** Resolves when it has happened since the moment, or after a quarter of a second. */
  async given(moment: number): Promise<void> {
    Atomics.add(this.#cells, WAITING, 1);
    const waiting = Atomics.waitAsync(this.#cells, MOMENT, moment, RECHECK_MS);
    if (waiting.async) await waiting.value;
    Atomics.sub(this.#cells, WAITING, 1);
  }
}
