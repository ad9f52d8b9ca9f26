/** Longest line that is kept: a tool call with a document inside can be large. */
export const MAX_LINE_BYTES: number = 16 * 1_024 * 1_024;

const LF = 0x0a;
const CR = 0x0d;

/** A line longer than the limit: the stream cannot be read any further. */
export class LineTooLongError extends Error {
  override readonly name: string = "LineTooLongError";
}

/**
 * Cuts bytes into lines, whatever the borders of the chunks, also inside a UTF-8
 * character. Lines end with LF or CRLF.
 */
export class LineDecoder {
  readonly #limit: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(limit: number = MAX_LINE_BYTES) {
    this.#limit = limit;
  }

  /**
   * Lines that this chunk completes, without their ends.
   *
   * @throws LineTooLongError
   */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      lines.push(this.#take(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What is left when the body ended without a line end; undefined when nothing is. */
  end(): string | undefined {
    return this.#pendingBytes === 0 ? undefined : this.#take(new Uint8Array(0));
  }

  #take(last: Uint8Array): string {
    const line =
      this.#pendingBytes === 0 ? asBuffer(last) : Buffer.concat([...this.#pending, last]);
    this.#pending = [];
    this.#pendingBytes = 0;
    const length = line[line.length - 1] === CR ? line.length - 1 : line.length;
    return line.toString("utf8", 0, length);
  }

  #keep(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#limit)
      throw new LineTooLongError("a line of the stream is too long");
    // A copy: the chunk's memory belongs to the connection and may be used again.
    this.#pending.push(Uint8Array.from(bytes));
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
