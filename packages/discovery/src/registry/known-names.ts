import type { ModelSlots } from "./model-slots.ts";

interface KnownName {
  /** Endpoints that list it. */
  readonly holders: number;
  readonly slot: number;
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number;
}

/** Every lower-cased model name that some endpoint lists. */
export class KnownNames {
  readonly #names = new Map<string, KnownName>();
  readonly #slots: ModelSlots;
  readonly #limit: number;

  /** @param limit most names held at once */
  constructor(slots: ModelSlots, limit: number) {
    this.#slots = slots;
    this.#limit = limit;
  }

  get(key: string): Pick<KnownName, "slot" | "firstSeenAt"> | undefined {
    return this.#names.get(key);
  }

  /** One more endpoint lists the name. False, and nothing done, when that would be a name too many. */
  hold(key: string, at: number): boolean {
    const known = this.#names.get(key);
    if (known !== undefined) {
      this.#names.set(key, { ...known, holders: known.holders + 1 });
      return true;
    }
    if (this.#names.size >= this.#limit) return false;
    this.#names.set(key, { holders: 1, slot: this.#slots.take(key), firstSeenAt: at });
    return true;
  }

  /** One endpoint fewer lists the name. */
  release(key: string): void {
    const known = this.#names.get(key);
    if (known === undefined) return;
    if (known.holders > 1) {
      this.#names.set(key, { ...known, holders: known.holders - 1 });
      return;
    }
    this.#names.delete(key);
    this.#slots.leave(key);
  }
}
