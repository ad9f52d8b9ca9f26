import type { Socket } from "node:net";

import type { HeaderList } from "@olla-ts/core";
import type { UpstreamRequest } from "@olla-ts/core/ports";

import type { Address, Connector } from "./connector.ts";
import { ConnectionClosed, MalformedResponse } from "./http-errors.ts";
import { writeRequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { type ResponseEvents, ResponseReader } from "./response-reader.ts";

/** What all connections of a pool have in common. */
export interface ConnectionOptions {
  readonly address: Address;
  readonly connector: Connector;
  /** Milliseconds an unused connection is kept; a shorter promise of the server is honoured. */
  readonly keepAliveMs: number;
  readonly maxResponseHeaderBytes: number;
}

/** Told how one request goes, in this order; `failed` may come at any time, and ends it. */
export interface ResponseHandler {
  /** The connection is there and the request goes out now. */
  sent(): void;
  /** First bytes of an answer. */
  begun(): void;
  head(head: ResponseHead): void;
  data(bytes: Buffer): void;
  /** @param isReusable whether the connection can carry another request */
  end(trailers: HeaderList, isReusable: boolean): void;
  failed(error: Error): void;
}

/** Larger bodies are not worth being copied into one text with the head. */
const ONE_WRITE_LIMIT = 16_384;
/** A server that closes idle connections does so on its own clock: leave this earlier. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** One connection that carries one request at a time, and is made by the first. */
export class Connection implements ResponseEvents {
  /** Milliseconds that it may be kept unused from now on. */
  idleMs: number;
  readonly #options: ConnectionOptions;
  readonly #lost: (connection: Connection) => void;
  #socket: Socket | undefined;
  #isEstablished = false;
  #isDestroyed = false;
  /** Requests sent. */
  #sent = 0;
  #handler: ResponseHandler | undefined;
  #reader: ResponseReader | undefined;
  #head: ResponseHead | undefined;
  #hasBegun = false;
  #socketError: Error | undefined;

  /** @param lost called when a connection that carries no request is gone */
  constructor(options: ConnectionOptions, lost: (connection: Connection) => void) {
    this.#options = options;
    this.#lost = lost;
    this.idleMs = options.keepAliveMs;
  }

  /** Whether a request went over it already. */
  get isUsed(): boolean {
    return this.#sent > 0;
  }

  /** Whether the request under way is the first one. */
  get isFresh(): boolean {
    return this.#sent <= 1;
  }

  /** Sends; `handler` is told of everything, also that it cannot be sent. */
  send(request: UpstreamRequest, handler: ResponseHandler): void {
    this.#handler = handler;
    if (this.#isDestroyed) {
      this.#fail(this.#socketError ?? new ConnectionClosed("the connection was closed"));
    } else if (this.#isEstablished) this.#write(request, handler);
    else this.#connect(request, handler);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Ends it at once, also while it is still connecting; a request under way fails with `reason`. */
  destroy(reason: Error): void {
    this.#isDestroyed = true;
    this.#socketError ??= reason;
    this.#socket?.destroy();
    this.#fail(reason);
  }

  #connect(request: UpstreamRequest, handler: ResponseHandler): void {
    const { connector, address } = this.#options;
    this.#socket = connector.connect(address, this.#onBytes, (error, socket) => {
      if (error !== null) {
        this.#isDestroyed = true;
        this.#fail(error);
        return;
      }
      this.#isEstablished = true;
      socket.on("error", (cause) => {
        this.#socketError ??= cause;
      });
      socket.on("end", () => this.#ended());
      socket.on("close", () => this.#closed());
      if (this.#handler === handler) this.#write(request, handler);
    });
  }

  #write({ method, path, headers, body }: UpstreamRequest, handler: ResponseHandler): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const { address, maxResponseHeaderBytes } = this.#options;
    let head: string;
    try {
      const length = body?.byteLength;
      head = writeRequestHead({ method, path, host: address.host, headers, length });
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#reader = new ResponseReader(this, method, maxResponseHeaderBytes);
    this.#head = undefined;
    this.#hasBegun = false;
    this.#sent += 1;
    handler.sent();
    if (body === undefined || body.byteLength === 0) socket.write(head, "latin1");
    else if (body.byteLength <= ONE_WRITE_LIMIT) socket.write(head + latin1(body), "latin1");
    else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    }
  }

  /** Runs while the bytes are in a buffer that the next read fills again. */
  readonly #onBytes = (bytes: Buffer): void => {
    const reader = this.#reader;
    const handler = this.#handler;
    if (reader === undefined || handler === undefined) {
      // Nobody asked for it, so nobody can be told what it belongs to.
      this.destroy(new MalformedResponse("the server spoke unasked"));
      this.#lost(this);
      return;
    }
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      handler.begun();
    }
    try {
      reader.read(bytes);
    } catch (error) {
      this.#broken(error instanceof Error ? error : new Error(String(error)));
    }
  };

  // From here on, what the reader tells.

  head(head: ResponseHead): void {
    this.#head = head;
    this.#handler?.head(head);
  }

  data(bytes: Buffer): void {
    this.#handler?.data(bytes);
  }

  end(trailers: HeaderList, hasRest: boolean): void {
    const handler = this.#handler;
    const head = this.#head;
    this.#handler = undefined;
    this.#reader = undefined;
    const promisedMs = (head?.idleSeconds ?? Infinity) * 1_000 - KEEP_ALIVE_MARGIN_MS;
    this.idleMs = Math.min(this.#options.keepAliveMs, promisedMs);
    const isReusable =
      head?.keepsAlive === true &&
      !hasRest &&
      !this.#isDestroyed &&
      this.idleMs > 0 &&
      // An answer that came before the request was through: the rest would be read as another one.
      this.#socket?.writableLength === 0;
    if (!isReusable) this.#dispose();
    // The reader of the last piece may have asked for a pause; the next answer must not wait for its end.
    else this.#socket?.resume();
    handler?.end(trailers, isReusable);
  }

  /** The other side sends nothing more. */
  #ended(): void {
    try {
      this.#reader?.close();
    } catch (error) {
      this.#broken(error instanceof Error ? error : new Error(String(error)));
    }
    this.#dispose();
  }

  #closed(): void {
    const isIdle = this.#handler === undefined && !this.#isDestroyed;
    this.#isDestroyed = true;
    this.#broken(this.#socketError ?? new ConnectionClosed("the connection was closed"));
    if (isIdle) this.#lost(this);
  }

  #broken(error: Error): void {
    this.#dispose();
    this.#fail(error);
  }

  /** Nothing more goes over it. */
  #dispose(): void {
    const wasIdle = this.#handler === undefined && !this.#isDestroyed;
    this.#isDestroyed = true;
    this.#socket?.destroy();
    if (wasIdle) this.#lost(this);
  }

  #fail(error: Error): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#reader = undefined;
    handler?.failed(error);
  }
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
