import { MalformedResponse } from "./http-errors.ts";

const CR = 0x0d;
const LF = 0x0a;
/** Longest size line with its extensions, in bytes. */
const MAX_SIZE_LINE = 4_096;
/** Largest size of a chunk: what a number holds exactly, with room for one more digit. */
const MAX_SIZE = 2 ** 48;

type State = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailers";

/** Undoes the chunked coding of one body (RFC 9112 section 7.1), in whatever pieces it comes. */
export class ChunkDecoder {
  #state: State = "size";
  /** Bytes of the chunk still to come. */
  #left = 0;
  #digits = 0;
  #lineBytes = 0;

  /** Whether the last chunk is through: what follows are trailers and the empty line. */
  get isAtTrailers(): boolean {
    return this.#state === "trailers";
  }

  /**
   * Reads on from `at`, copies the data into `into` from its start, and stops at the end of
   * the bytes or of the last chunk.
   *
   * @param into at least as long as what is read
   * @throws MalformedResponse
   */
  decode(
    bytes: Buffer,
    at: number,
    into: Buffer,
  ): { readonly at: number; readonly length: number } {
    let length = 0;
    let next = at;
    while (next < bytes.length && this.#state !== "trailers") {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, next + this.#left);
        bytes.copy(into, length, next, end);
        length += end - next;
        this.#left -= end - next;
        next = end;
        if (this.#left === 0) this.#state = "data-cr";
      } else {
        this.#step(bytes[next] ?? 0);
        next += 1;
      }
    }
    return { at: next, length };
  }

  #step(byte: number): void {
    if (this.#state === "size") this.#sizeByte(byte);
    else if (this.#state === "extension") this.#extensionByte(byte);
    else if (this.#state === "data-cr") this.#expect(byte, CR, "data-lf");
    else if (this.#state === "data-lf") this.#expect(byte, LF, "size");
    else this.#expect(byte, LF, this.#left === 0 ? "trailers" : "data");
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte !== expected) throw malformed();
    this.#state = next;
    if (next !== "size") return;
    this.#digits = 0;
    this.#lineBytes = 0;
  }

  #extensionByte(byte: number): void {
    this.#countLine();
    if (byte === LF) throw malformed();
    if (byte === CR) this.#state = "size-lf";
  }

  #sizeByte(byte: number): void {
    this.#countLine();
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
      if (this.#left > MAX_SIZE) throw malformed();
      return;
    }
    if (this.#digits === 0) throw malformed();
    if (byte === CR) this.#state = "size-lf";
    // `;` begins an extension; some servers put blanks before it or before the line end.
    else if (byte === 0x3b || byte === 0x20 || byte === 0x09) this.#state = "extension";
    else throw malformed();
  }

  #countLine(): void {
    this.#lineBytes += 1;
    if (this.#lineBytes > MAX_SIZE_LINE) throw malformed();
  }
}

/** @returns -1 for a byte that is none */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function malformed(): MalformedResponse {
  return new MalformedResponse("the chunks of the body are malformed");
}
