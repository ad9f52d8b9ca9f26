import type { ProxyError } from "@olla-ts/core";

import { Connection, type ConnectionOptions } from "./connection.ts";

/** Whoever needs a connection. */
export interface Lessee {
  /** A connection became free for it. */
  takeConnection(connection: Connection): void;
}

export interface EndpointPoolOptions extends ConnectionOptions {
  /** Most requests at a time; 0 for no limit. */
  readonly maxConnections: number;
  /** Most requests that wait for one to end. */
  readonly maxQueued: number;
  /** Called when nothing is left: no connection, open or idle, and nobody waiting. */
  readonly emptied: (pool: EndpointPool) => void;
}

/**
 * The connections to one endpoint: last used first, so that surplus ones fall
 * idle and close; when they are capped, requests wait in order of arrival.
 */
export class EndpointPool {
  readonly #options: EndpointPoolOptions;
  readonly #idle: Connection[] = [];
  readonly #queue: Lessee[] = [];
  #leased = 0;
  #isRetired = false;

  constructor(options: EndpointPoolOptions) {
    this.#options = options;
  }

  /** Whether `lease` would give a connection or a place in the queue. */
  hasRoom(): boolean {
    return this.#hasFree() || this.#queue.length < this.#options.maxQueued;
  }

  /** @returns a connection, or undefined when the lessee waits for `takeConnection` */
  lease(lessee: Lessee): Connection | undefined {
    if (this.#hasFree()) return this.leaseUncapped();
    this.#queue.push(lessee);
    return undefined;
  }

  /** A connection whatever the cap says, for probes. */
  leaseUncapped(): Connection {
    this.#leased += 1;
    return this.#idle.pop() ?? this.#connect();
  }

  /** Exchanges a leased connection that turned out dead for one with a new socket. */
  replace(): Connection {
    return this.#connect();
  }

  /** @param isReusable whether the next request may go over it */
  release(connection: Connection, isReusable: boolean): void {
    this.#leased -= 1;
    const next = this.#hasFree() ? this.#queue.shift() : undefined;
    if (next !== undefined) {
      this.#leased += 1;
      next.takeConnection(isReusable ? connection : this.#connect());
      return;
    }
    if (isReusable && !this.#isRetired) this.#idle.push(connection);
    else if (isReusable) this.#close(connection);
    this.#checkEmpty();
  }

  /** Gives up waiting. */
  leave(lessee: Lessee): void {
    const place = this.#queue.indexOf(lessee);
    if (place !== -1) this.#queue.splice(place, 1);
  }

  /** Closes what is idle now and the rest as its requests end. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) this.#close(connection);
    this.#checkEmpty();
  }

  /** Closes what is idle, at once. Leased connections end with their requests. */
  async destroy(reason: ProxyError): Promise<void> {
    this.#isRetired = true;
    await Promise.all(this.#idle.splice(0).map((connection) => connection.destroy(reason)));
  }

  #hasFree(): boolean {
    const { maxConnections } = this.#options;
    return maxConnections === 0 || this.#leased < maxConnections;
  }

  #connect(): Connection {
    return new Connection(this.#options, (lost) => this.#forget(lost));
  }

  /** A socket closed: an idle connection is dropped, a leased one reports through its request. */
  #forget(connection: Connection): void {
    const place = this.#idle.indexOf(connection);
    if (place === -1) return;
    this.#idle.splice(place, 1);
    this.#checkEmpty();
  }

  #close(connection: Connection): void {
    void connection.destroy(new Error("the endpoint was removed"));
  }

  #checkEmpty(): void {
    if (this.#leased === 0 && this.#idle.length === 0 && this.#queue.length === 0) {
      this.#options.emptied(this);
    }
  }
}
