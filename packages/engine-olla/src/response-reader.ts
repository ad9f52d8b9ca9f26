import type { HeaderList } from "@olla-ts/core";

import { ChunkDecoder } from "./chunk-decoder.ts";
import { ConnectionClosed, MalformedResponse } from "./http-errors.ts";
import {
  checkFieldText,
  readFields,
  readResponseHead,
  type ResponseHead,
} from "./response-head.ts";

/** Told of a response as it is read. */
export interface ResponseEvents {
  /** Of the final response; informational ones are skipped. */
  head(head: ResponseHead): void;
  /** Bytes of its own: the reader does not touch them again. Never empty. */
  data(bytes: Buffer): void;
  /** @param hasRest whether bytes follow that belong to no answer */
  end(trailers: HeaderList, hasRest: boolean): void;
}

const CR = 0x0d;
const LF = 0x0a;
const PROTOCOL = Buffer.from("HTTP/1.");
const HEAD_END = Buffer.from("\r\n\r\n");
const NO_BYTES = Buffer.alloc(0);
const NO_FIELDS: HeaderList = [];

/**
 * Reads one response out of the bytes of a connection (RFC 9112): strict, since whoever reads
 * the same bytes in another way must not be told another answer. What one read brings of a
 * chunked body comes as one piece.
 */
export class ResponseReader {
  readonly #events: ResponseEvents;
  readonly #method: string;
  /** Head and trailers together, informational heads included. */
  readonly #maxFieldBytes: number;
  /** Begin of a head or of trailers that did not come in one piece. */
  #pending: Buffer = NO_BYTES;
  #fieldBytes = 0;
  #head: ResponseHead | undefined;
  /** Bytes still to come, for the framing `length`. */
  #left = 0;
  #chunks: ChunkDecoder | undefined;
  #isDone = false;
  #trailers: HeaderList = NO_FIELDS;

  /** @param method of the request */
  constructor(events: ResponseEvents, method: string, maxFieldBytes: number) {
    this.#events = events;
    this.#method = method;
    this.#maxFieldBytes = maxFieldBytes;
  }

  /** Whether the response is complete. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Takes the next bytes; keeps none of them.
   *
   * @throws MalformedResponse
   */
  read(bytes: Buffer): void {
    let at = 0;
    while (this.#head === undefined && at < bytes.length) at = this.#readHead(bytes, at);
    if (this.#head !== undefined && at < bytes.length && !this.#isDone) {
      at = this.#readBody(this.#head, bytes, at);
    }
    if (this.#isDone) this.#events.end(this.#trailers, at < bytes.length);
  }

  /**
   * The connection ended.
   *
   * @throws ConnectionClosed when the response is not complete by that
   */
  close(): void {
    if (this.#isDone) return;
    if (this.#head?.framing !== "close") throw new ConnectionClosed("the connection was closed");
    this.#isDone = true;
    this.#events.end(NO_FIELDS, false);
  }

  #readHead(bytes: Buffer, at: number): number {
    const block = this.#fieldBlock(bytes, at);
    if (block === undefined) return bytes.length;
    const head = readResponseHead(block.text, this.#method);
    if (head.status < 200) return block.end;
    this.#head = head;
    this.#left = head.length;
    if (head.framing === "chunked") this.#chunks = new ChunkDecoder();
    this.#events.head(head);
    if (head.framing === "none" || (head.framing === "length" && head.length === 0)) {
      this.#isDone = true;
    }
    return block.end;
  }

  /** The text up to the next empty line; undefined, and kept for later, as long as there is none. */
  #fieldBlock(
    bytes: Buffer,
    at: number,
  ): { readonly text: string; readonly end: number } | undefined {
    if (this.#pending.length === 0) {
      const end = bytes.indexOf(HEAD_END, at);
      this.#countFields((end === -1 ? bytes.length : end) - at);
      if (end !== -1)
        return { text: bytes.toString("latin1", at, end), end: end + HEAD_END.length };
      this.#pending = Buffer.from(bytes.subarray(at));
      this.#checkBegin();
      return undefined;
    }
    const before = this.#pending.length;
    const joined = Buffer.concat([this.#pending, bytes.subarray(at)]);
    const end = joined.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1));
    this.#countFields((end === -1 ? joined.length : end) - before);
    if (end === -1) {
      this.#pending = joined;
      this.#checkBegin();
      return undefined;
    }
    this.#pending = NO_BYTES;
    return { text: joined.toString("latin1", 0, end), end: at + end + HEAD_END.length - before };
  }

  /** What is no head may never come to an empty line. */
  #checkBegin(): void {
    for (let at = this.#pending.indexOf(LF); at !== -1; at = this.#pending.indexOf(LF, at + 1)) {
      if (this.#pending[at - 1] !== CR) throw new MalformedResponse("a line ends in a bare LF");
    }
    const length = Math.min(this.#pending.length, PROTOCOL.length);
    if (this.#pending.compare(PROTOCOL, 0, length, 0, length) !== 0) {
      throw new MalformedResponse("the server does not speak HTTP/1");
    }
  }

  #countFields(bytes: number): void {
    this.#fieldBytes += bytes;
    if (this.#fieldBytes > this.#maxFieldBytes) {
      throw new MalformedResponse("the head of the response is too long");
    }
  }

  /** @returns where the response ended, or the end of the bytes */
  #readBody(head: ResponseHead, bytes: Buffer, at: number): number {
    if (this.#chunks !== undefined) return this.#readChunks(this.#chunks, bytes, at);
    const end = head.framing === "close" ? bytes.length : Math.min(bytes.length, at + this.#left);
    this.#events.data(Buffer.from(bytes.subarray(at, end)));
    if (head.framing === "length") {
      this.#left -= end - at;
      if (this.#left === 0) this.#isDone = true;
    }
    return end;
  }

  #readChunks(chunks: ChunkDecoder, bytes: Buffer, from: number): number {
    let at = from;
    if (!chunks.isAtTrailers) {
      const into = Buffer.allocUnsafe(bytes.length - at);
      const decoded = chunks.decode(bytes, at, into);
      at = decoded.at;
      if (decoded.length > 0) this.#events.data(into.subarray(0, decoded.length));
      if (!chunks.isAtTrailers) return at;
    }
    return this.#readTrailers(bytes, at);
  }

  /** Behind the last chunk: lines of fields, mostly none, and an empty line. */
  #readTrailers(bytes: Buffer, at: number): number {
    const before = this.#pending.length;
    const joined =
      before === 0 ? bytes.subarray(at) : Buffer.concat([this.#pending, bytes.subarray(at)]);
    const isBare = joined.length >= 2 && joined[0] === 0x0d && joined[1] === 0x0a;
    const end = isBare ? 0 : joined.indexOf(HEAD_END);
    if (end === -1) {
      this.#countFields(joined.length - before);
      this.#pending = Buffer.from(joined);
      return bytes.length;
    }
    this.#countFields(Math.max(0, end - before));
    this.#pending = NO_BYTES;
    const text = joined.toString("latin1", 0, end);
    checkFieldText(text);
    if (text !== "") this.#trailers = readFields(text, 0);
    this.#isDone = true;
    return at + end + (isBare ? 2 : HEAD_END.length) - before;
  }
}
