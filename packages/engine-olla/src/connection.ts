import type { Socket } from "node:net";

import { Client, type Dispatcher } from "undici";

import type { Connector } from "./connector.ts";

/** What all connections of a pool have in common. */
export interface ConnectionOptions {
  readonly origin: string;
  readonly connector: Connector;
  /** Milliseconds an unused connection is kept; a shorter promise of the server is honoured. */
  readonly keepAliveMs: number;
  readonly maxResponseHeaderBytes: number;
}

/**
 * One connection that carries one request at a time.
 *
 * An undici client of its own: it parses, reconnects when an idle connection
 * was closed in the meantime, and unlike a whole `Pool` it tells whether its
 * socket is fresh.
 */
export class Connection {
  readonly #client: Client;
  #connecting: Socket | undefined;
  /** Requests sent over the present socket. */
  #sent = 0;
  #socketError: Error | undefined;

  /** @param lost called whenever a socket that was established is gone */
  constructor(options: ConnectionOptions, lost: (connection: Connection) => void) {
    this.#client = new Client(options.origin, {
      pipelining: 1,
      // The engine watches its own limits.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
      maxHeaderSize: options.maxResponseHeaderBytes,
      connect: (address, connected) => {
        this.#sent = 0;
        this.#socketError = undefined;
        this.#connecting = options.connector.connect(address, (...result) => {
          this.#connecting = undefined;
          // Before undici listens itself, so that the error is known when it reports.
          result[1]?.on("error", (error) => {
            this.#socketError = error;
          });
          connected(...result);
        });
      },
    });
    this.#client.on("disconnect", () => lost(this));
  }

  /** What broke the present socket. */
  get socketError(): Error | undefined {
    return this.#socketError;
  }

  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(request, handler);
  }

  /** Counts a request that is being written. @returns whether it is the first on its socket */
  countSend(): boolean {
    this.#sent += 1;
    return this.#sent === 1;
  }

  /** Ends it at once, also while it is still connecting. */
  destroy(reason: Error): Promise<void> {
    // Read first: undici fails the waiting request before this returns.
    const connecting = this.#connecting;
    const destroyed = this.#client.destroy(reason);
    connecting?.destroy();
    return destroyed;
  }
}
