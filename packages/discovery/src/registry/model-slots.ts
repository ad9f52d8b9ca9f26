import type { Clock } from "@olla-ts/core/ports";

/** Settings of the rows. */
export interface ModelSlotsOptions {
  readonly clock: Clock;
  /** Rows available, at least 1. The last one is shared by every name that finds none free. */
  readonly capacity: number;
  /** How long the row of a name that is gone stays untouched at least, in milliseconds. */
  readonly holdMs: number;
  /** Called before a row passes to another name, to clear it. */
  readonly onReuse: (slot: number) => void;
}

interface Departed {
  readonly slot: number;
  readonly at: number;
}

/**
 * Gives names rows in the statistics. A name keeps its row while it is in use,
 * and gets it back when it returns before another name needed it; the row that
 * was left longest ago is reused first.
 */
export class ModelSlots {
  readonly #options: ModelSlotsOptions;
  readonly #inUse = new Map<string, number>();
  /** In order of leaving. */
  readonly #departed = new Map<string, Departed>();
  #next = 0;

  /** @throws RangeError when there is no row at all */
  constructor(options: ModelSlotsOptions) {
    if (options.capacity < 1) throw new RangeError("model statistics need at least one row");
    this.#options = options;
  }

  /** The row shared by names without one. */
  get overflow(): number {
    return this.#options.capacity - 1;
  }

  /** The row of a name, now in use. */
  take(name: string): number {
    const slot = this.#inUse.get(name) ?? this.#return(name) ?? this.#unused() ?? this.#reused();
    if (slot === undefined) return this.overflow;
    this.#inUse.set(name, slot);
    return slot;
  }

  /** The name is gone; its row is kept for it for a while. */
  leave(name: string): void {
    const slot = this.#inUse.get(name);
    if (slot === undefined) return;
    this.#inUse.delete(name);
    this.#departed.set(name, { slot, at: this.#options.clock.now() });
  }

  #return(name: string): number | undefined {
    const departed = this.#departed.get(name);
    this.#departed.delete(name);
    return departed?.slot;
  }

  #unused(): number | undefined {
    if (this.#next >= this.overflow) return undefined;
    const slot = this.#next;
    this.#next += 1;
    return slot;
  }

  #reused(): number | undefined {
    const { clock, holdMs, onReuse } = this.#options;
    const [oldest] = this.#departed;
    if (oldest === undefined) return undefined;
    const [name, { slot, at }] = oldest;
    if (clock.now() - at < holdMs) return undefined;
    this.#departed.delete(name);
    onReuse(slot);
    return slot;
  }
}
