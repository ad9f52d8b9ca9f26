import { connect, type Socket } from "node:net";

import { MessageReader, type MessageHandler } from "../http/message-reader.ts";
import { StampReader } from "../http/token-stamps.ts";

/** What happened to one request. */
export interface Outcome {
  /** Undefined for a complete answer of status 200 with all its tokens. */
  readonly error: string | undefined;
  readonly detail: string;
}

export interface ConnectionEvents {
  token(sentMicroseconds: number): void;
  done(outcome: Outcome): void;
}

export interface ClientConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Tokens of a complete stream; 0 when no stream is asked for. */
  readonly tokens: number;
}

const READ_BYTES = 64 * 1_024;
const SMALLEST_ANSWER = 50;
const DETAIL_BYTES = 300;

/** All connections of the process read into the same memory, one after the other. */
const memory = Buffer.allocUnsafeSlow(READ_BYTES);

/** One connection of a client: a request at a time, opened anew when it broke. */
export class ClientConnection implements MessageHandler {
  readonly #options: ClientConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #stamps: StampReader;
  #reader: MessageReader;
  #socket: Socket | undefined;
  #waiting = false;
  #status = 0;
  #closing = false;
  #bytes = 0;
  #tokens = 0;
  #detail = "";
  /** When bytes last arrived or a request was sent, in milliseconds. */
  lastActive = 0;

  constructor(options: ClientConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#reader = this.#newReader();
    this.#stamps = new StampReader((sent) => {
      this.#tokens += 1;
      events.token(sent);
    });
  }

  get waiting(): boolean {
    return this.#waiting;
  }

  send(request: string | Buffer): void {
    this.#waiting = true;
    this.#status = 0;
    this.#bytes = 0;
    this.#tokens = 0;
    this.#detail = "";
    this.lastActive = performance.now();
    const socket = this.#socket ?? this.#open();
    if (typeof request === "string") socket.write(request, "latin1");
    else socket.write(request);
  }

  /** Gives the request up. */
  fail(error: string): void {
    this.#drop();
    this.#settle(error);
  }

  /** Leaves without waiting for the rest of the answer. */
  leave(): void {
    this.#waiting = false;
    this.#drop();
  }

  head(text: string): void {
    this.#status = Number(text.slice(9, 12));
    this.#closing = /\r\nconnection:[ \t]*close/i.test(text);
  }

  body(data: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#status !== 200) {
      if (this.#detail.length < DETAIL_BYTES) this.#detail += data.toString("latin1", start, end);
    } else if (this.#options.tokens > 0) this.#stamps.push(data, start, end);
  }

  end(): void {
    if (this.#status === 100) return;
    if (this.#closing) this.#drop();
    this.#settle(this.#fault());
  }

  #fault(): string | undefined {
    const { tokens } = this.#options;
    if (this.#status !== 200) return `status ${this.#status}`;
    if (this.#tokens !== tokens) return `${this.#tokens < tokens ? "fewer" : "more"} tokens`;
    return tokens === 0 && this.#bytes < SMALLEST_ANSWER ? "short answer" : undefined;
  }

  #open(): Socket {
    const { host, port } = this.#options;
    this.#reader = this.#newReader();
    const onread = {
      buffer: memory,
      callback: (length: number): boolean => {
        if (this.#socket === socket) this.#received(memory.subarray(0, length));
        return true;
      },
    };
    const socket = connect({ host, port, noDelay: true, onread });
    const closed = (error: string): void => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (this.#waiting && !this.#reader.close()) this.#settle(error);
    };
    socket.on("error", (error: NodeJS.ErrnoException) => closed(error.code ?? "error"));
    socket.on("end", () => closed("closed early"));
    socket.on("close", () => closed("closed early"));
    this.#socket = socket;
    return socket;
  }

  #newReader(): MessageReader {
    return new MessageReader(this, { withoutLength: "until-close" });
  }

  #received(data: Buffer): void {
    this.lastActive = performance.now();
    try {
      this.#reader.push(data);
    } catch {
      this.fail("malformed");
    }
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #settle(error: string | undefined): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#events.done({ error, detail: this.#detail });
  }
}
