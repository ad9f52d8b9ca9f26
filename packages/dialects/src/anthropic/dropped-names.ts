/** The names go into a response header: a token each, and not without end. */
const HEADER_SAFE = /^[\w.-]{1,64}$/;
const MAX_NAMES = 32;

/** Collects the names of what could not be kept, each once, in order. */
export class DroppedNames {
  readonly #names = new Set<string>();

  add(name: string): void {
    if (this.#names.size < MAX_NAMES) this.#names.add(HEADER_SAFE.test(name) ? name : "unknown");
  }

  list(): readonly string[] {
    return [...this.#names];
  }
}
