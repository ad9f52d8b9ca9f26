/** Sizes of memory that are kept for later bodies, in bytes: powers of two from the smallest to the largest. */
const SMALLEST = 32_768;
export const LARGEST_BODY_MEMORY = 16 * 1_024 * 1_024;
/** All that is kept unused at a time, in bytes. */
const MAX_SPARE_BYTES = 16 * 1_024 * 1_024;

/**
 * Memory of large request bodies. What one request gave back serves the next: fresh memory
 * costs a page fault for every 4 KB, and a full garbage collection for every 64 MB.
 */
export class BodyMemory {
  readonly #spares = new Map<number, Buffer[]>();
  #spareBytes = 0;
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** Bytes that are kept unused. */
  get spareBytes(): number {
    return this.#spareBytes;
  }

  /** @returns at least so many bytes, which hold anything */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    const spare = this.#spares.get(size)?.pop();
    if (spare !== undefined) this.#spareBytes -= size;
    const memory = spare ?? Buffer.allocUnsafeSlow(size);
    this.#lent.add(memory.buffer);
    return memory;
  }

  /**
   * Takes the memory of a body back; any other memory is left alone, and so is what was
   * given back already.
   *
   * @param body or a part of it; nobody may read or write it from here on
   */
  giveBack({ buffer }: Buffer): void {
    if (!this.#lent.delete(buffer)) return;
    const size = buffer.byteLength;
    if (this.#spareBytes + size > MAX_SPARE_BYTES) return;
    this.#spareBytes += size;
    const spares = this.#spares.get(size);
    if (spares === undefined) this.#spares.set(size, [Buffer.from(buffer)]);
    else spares.push(Buffer.from(buffer));
  }
}

function sizeFor(bytes: number): number {
  return bytes <= SMALLEST ? SMALLEST : 2 ** Math.ceil(Math.log2(bytes));
}
