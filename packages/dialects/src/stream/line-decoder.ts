/** Longest line that is read, in bytes: a tool call with a document inside can be large. */
export const MAX_LINE_BYTES: number = 16 * 1_024 * 1_024;

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);
/** Memory that stays for the next line. */
const KEPT_BYTES = 65_536;

/**
 * Cuts bytes into lines, whatever the borders of the chunks, also inside a UTF-8
 * character. Lines end with LF or CRLF. With a line that is too long it stops:
 * the lines before it are given, nothing after them is.
 */
export class LineDecoder {
  /** Longest line in bytes, a CR before its end included. */
  readonly limit: number;
  /** Holds the begin of a line in its first `#pendingBytes`; grows by doubling. */
  #pending = NOTHING;
  #pendingBytes = 0;
  #isOverrun = false;

  constructor(limit: number = MAX_LINE_BYTES) {
    this.limit = limit;
  }

  /** Whether a line was longer than the limit, so that the stream cannot be read any further. */
  get isOverrun(): boolean {
    return this.#isOverrun;
  }

  /** Lines that this chunk completes, without their ends. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    if (this.#isOverrun) return lines;
    const bytes = asBuffer(chunk);
    let start = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      if (!this.#hasRoomFor(end - start)) return lines;
      lines.push(this.#take(bytes, start, end));
      start = end + 1;
    }
    if (start < bytes.length && this.#hasRoomFor(bytes.length - start)) {
      this.#keep(bytes.subarray(start));
    }
    return lines;
  }

  /** What is left when the body ended without a line end; undefined when nothing is. */
  end(): string | undefined {
    return this.#pendingBytes === 0 ? undefined : this.#take(NOTHING, 0, 0);
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#pendingBytes + bytes <= this.limit) return true;
    this.#isOverrun = true;
    this.#forget();
    return false;
  }

  /** The line whose last bytes are these. */
  #take(bytes: Buffer, start: number, end: number): string {
    if (this.#pendingBytes === 0) return toText(bytes, start, end);
    this.#keep(bytes.subarray(start, end));
    const line = toText(this.#pending, 0, this.#pendingBytes);
    this.#forget();
    return line;
  }

  /** Copies: the chunk's memory belongs to the connection and may be used again. */
  #keep(bytes: Uint8Array): void {
    const length = this.#pendingBytes + bytes.length;
    if (length > this.#pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#pending.length));
      this.#pending.copy(grown, 0, 0, this.#pendingBytes);
      this.#pending = grown;
    }
    this.#pending.set(bytes, this.#pendingBytes);
    this.#pendingBytes = length;
  }

  #forget(): void {
    if (this.#pending.length > KEPT_BYTES) this.#pending = NOTHING;
    this.#pendingBytes = 0;
  }
}

function toText(bytes: Buffer, start: number, end: number): string {
  if (start === end) return "";
  return bytes.toString("utf8", start, bytes[end - 1] === CR ? end - 1 : end);
}

/** The same memory. Sockets give buffers, so that nothing is made of most chunks. */
function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
