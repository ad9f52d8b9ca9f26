/** What a message is made of, in the order it arrives. */
export interface MessageHandler {
  /** First line and fields, without the empty line. */
  head(text: string): void;
  /** Part of the body: `data` from `start` to before `end`; not to be kept. */
  body(data: Buffer, start: number, end: number): void;
  /** The message is complete; another may follow. */
  end(): void;
}

export interface MessageReaderOptions {
  /** What a message without any length has: requests none, responses all until the end. */
  readonly withoutLength: "no-body" | "until-close";
}

const CONTENT_LENGTH = /\r\ncontent-length:[ \t]*(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding:[ \t]*chunked/i;
const LINE_FEED = 10;

type State = "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "until-close";

/**
 * Splits a connection into HTTP/1.1 messages. Just enough for peers that are
 * trusted: it has to cost little beside the gateway that is measured.
 */
export class MessageReader {
  readonly #handler: MessageHandler;
  readonly #withoutLength: "no-body" | "until-close";
  #state: State = "head";
  #left = 0;
  /** The begin of a head or line whose rest has not arrived. */
  #partial: Buffer | undefined;

  constructor(handler: MessageHandler, { withoutLength }: MessageReaderOptions) {
    this.#handler = handler;
    this.#withoutLength = withoutLength;
  }

  /** @throws Error on bytes that are no HTTP */
  push(received: Buffer): void {
    const data = this.#partial === undefined ? received : Buffer.concat([this.#partial, received]);
    this.#partial = undefined;
    let at = 0;
    while (at < data.length) {
      const next = this.#step(data, at);
      if (next === -1) {
        this.#partial = Buffer.from(data.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** The peer closed: whether that is the end of a message rather than a cut. */
  close(): boolean {
    if (this.#state !== "until-close") return false;
    this.#complete();
    return true;
  }

  /** Where the next step begins; -1 when more is needed for this one. */
  #step(data: Buffer, at: number): number {
    switch (this.#state) {
      case "head":
        return this.#head(data, at);
      case "length":
      case "chunk": {
        const end = Math.min(data.length, at + this.#left);
        this.#handler.body(data, at, end);
        this.#left -= end - at;
        if (this.#left === 0) {
          if (this.#state === "length") this.#complete();
          else this.#state = "chunk-end";
        }
        return end;
      }
      case "until-close":
        this.#handler.body(data, at, data.length);
        return data.length;
      case "chunk-size":
      case "chunk-end":
      case "trailers":
        return this.#line(data, at);
    }
  }

  #head(data: Buffer, at: number): number {
    const end = data.indexOf("\r\n\r\n", at, "latin1");
    if (end === -1) return -1;
    const text = data.toString("latin1", at, end);
    this.#handler.head(text);
    const length = CONTENT_LENGTH.exec(text);
    if (length !== null) {
      this.#left = Number(length[1]);
      this.#state = "length";
      if (this.#left === 0) this.#complete();
    } else if (CHUNKED.test(text)) this.#state = "chunk-size";
    else if (this.#withoutLength === "no-body") this.#complete();
    else this.#state = "until-close";
    return end + 4;
  }

  #line(data: Buffer, at: number): number {
    const end = data.indexOf(LINE_FEED, at);
    if (end === -1) return -1;
    if (this.#state === "chunk-size") {
      this.#left = Number.parseInt(data.toString("latin1", at, end), 16);
      if (Number.isNaN(this.#left)) throw new Error("malformed chunk size");
      this.#state = this.#left === 0 ? "trailers" : "chunk";
    } else if (this.#state === "chunk-end") this.#state = "chunk-size";
    else if (end - at <= 1) this.#complete();
    return end + 1;
  }

  #complete(): void {
    this.#state = "head";
    this.#handler.end();
  }
}
