import type { ServerResponse } from "node:http";

import type { HeaderList } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

/** Larger pieces are not worth being copied into one text with their frame. */
const ONE_TEXT_LIMIT = 16_384;
/** How long a client may take to read the last words before it is cut off all the same. */
const PATIENCE_MS = 1_000;

/**
 * The body of an answer whose head was written. It frames the chunks of a chunked one by
 * itself: node sends each in four pieces by a gathered write, which costs more than the rest
 * of a small chunk (docs/performance.md). From the head on, write to the answer through this alone.
 */
export class AnswerBody {
  readonly #response: ServerResponse;
  readonly #isChunked: boolean;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#isChunked = response.chunkedEncoding;
    response.chunkedEncoding = false;
  }

  /** @returns false to ask for a pause until the answer's `drain` */
  write(bytes: Uint8Array): boolean {
    const { length } = bytes;
    if (!this.#isChunked) return this.#response.write(bytes);
    // An empty chunk would end the body.
    if (length === 0) return !this.#response.writableNeedDrain;
    if (length <= ONE_TEXT_LIMIT) {
      return this.#response.write(frame(length, asLatin1(bytes)), "latin1");
    }
    this.#response.write(`${length.toString(16)}\r\n`, "latin1");
    this.#response.write(bytes);
    return this.#response.write("\r\n", "latin1");
  }

  /** @returns false to ask for a pause until the answer's `drain` */
  writeText(text: string): boolean {
    const length = Buffer.byteLength(text);
    if (!this.#isChunked) return this.#response.write(text);
    if (length === 0) return !this.#response.writableNeedDrain;
    return this.#response.write(frame(length, text));
  }

  /** All of it at once; nothing was written before. As text it leaves in one write with the head. */
  endWith(bytes: Uint8Array): void {
    this.#handBack();
    this.#response.end(asLatin1(bytes), "latin1");
  }

  end(trailers: HeaderList): void {
    this.#handBack();
    if (trailers.length > 0 && this.#isChunked) this.#response.addTrailers(pairs(trailers));
    this.#response.end();
  }

  /**
   * Sends the last words of an answer that broke, and cuts the connection without
   * the end of the body: a client that knows no error events sees that it broke.
   */
  cut(lastWords: string, clock: Clock): void {
    const deadline = clock.schedule(() => this.#response.destroy(), PATIENCE_MS);
    const isFramed = this.#isChunked && lastWords !== "";
    const text = isFramed ? frame(Buffer.byteLength(lastWords), lastWords) : lastWords;
    this.#response.write(text, () => {
      deadline[Symbol.dispose]();
      this.#response.destroy();
    });
  }

  /** The last chunk, and a body that comes as a whole, are node's again. */
  #handBack(): void {
    this.#response.chunkedEncoding = this.#isChunked;
  }
}

/** @param length of the text in bytes */
function frame(length: number, text: string): string {
  return `${length.toString(16)}\r\n${text}\r\n`;
}

function asLatin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}

function pairs(list: HeaderList): [string, string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    result.push([list[index] ?? "", list[index + 1] ?? ""]);
  }
  return result;
}
