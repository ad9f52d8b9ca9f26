/** A body of a stated length up to this size gets its memory at once, in bytes. */
const PREALLOCATE_LIMIT = 16 * 1_024 * 1_024;

/**
 * Puts the pieces of a body together. With a stated length each piece is copied
 * while it is still in the processor's cache, instead of all of them at the end.
 */
export class BodyCollector {
  readonly #stated: number;
  #first: Buffer | undefined;
  #whole: Buffer | undefined;
  #rest: Buffer[] = [];
  #length = 0;

  /** @param stated length that the request announces, in bytes; NaN when it announces none */
  constructor(stated: number) {
    this.#stated = stated;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  add(chunk: Buffer): void {
    const at = this.#length;
    this.#length += chunk.length;
    if (at === 0) {
      this.#first = chunk;
      return;
    }
    if (this.#whole === undefined && this.#rest.length === 0) this.#begin(at);
    if (this.#whole !== undefined && this.#length <= this.#whole.length) {
      chunk.copy(this.#whole, at);
    } else this.#rest.push(chunk);
  }

  /** The whole body. */
  take(): Buffer {
    const { length } = this;
    if (this.#whole === undefined && this.#rest.length === 0) {
      return this.#first ?? Buffer.alloc(0);
    }
    if (this.#whole !== undefined && this.#rest.length === 0)
      return this.#whole.subarray(0, length);
    return Buffer.concat(
      this.#whole === undefined ? this.#rest : [this.#whole, ...this.#rest],
      length,
    );
  }

  /** Makes room for the second piece, and puts the first one there. */
  #begin(at: number): void {
    const first = this.#first ?? Buffer.alloc(0);
    if (this.#stated > at && this.#stated <= PREALLOCATE_LIMIT) {
      this.#whole = Buffer.allocUnsafeSlow(this.#stated);
      first.copy(this.#whole);
    } else this.#rest.push(first);
  }
}
