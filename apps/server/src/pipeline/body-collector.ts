import { type BodyMemory, LARGEST_BODY_MEMORY } from "./body-memory.ts";

/** Pieces from this size on are given up once they are copied, in bytes. */
const LARGE_PIECE = 16_384;

/**
 * Puts the pieces of a body together. With a stated length each piece is copied
 * while it is still in the processor's cache, instead of all of them at the end.
 */
export class BodyCollector {
  readonly #stated: number;
  readonly #memory: BodyMemory;
  #first: Buffer | undefined;
  #whole: Buffer | undefined;
  #rest: Buffer[] = [];
  #length = 0;

  /** @param stated length that the request announces, in bytes; NaN when it announces none */
  constructor(stated: number, memory: BodyMemory) {
    this.#stated = stated;
    this.#memory = memory;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** @param chunk belongs to the body from here on: its memory may be gone at once */
  add(chunk: Buffer): void {
    const at = this.#length;
    this.#length += chunk.length;
    if (at === 0) {
      this.#first = chunk;
      return;
    }
    if (this.#whole === undefined && this.#rest.length === 0) this.#begin(at);
    if (this.#whole !== undefined && this.#length <= this.#whole.length) {
      copyOver(chunk, this.#whole, at);
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
    if (this.#stated > at && this.#stated <= LARGEST_BODY_MEMORY) {
      this.#whole = this.#memory.take(this.#stated).subarray(0, this.#stated);
      copyOver(first, this.#whole, 0);
    } else this.#rest.push(first);
  }
}

/**
 * Copies a piece, and frees its memory now if it is the only one that lies there: left to
 * the collector, the pieces of large bodies bring a full collection for every 64 MB of them.
 */
function copyOver(piece: Buffer, whole: Buffer, at: number): void {
  piece.copy(whole, at);
  const { buffer, length } = piece;
  if (length < LARGE_PIECE || length !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
