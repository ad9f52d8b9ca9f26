import type { ProxyError, SharedLeases } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import { Connection, type ConnectionOptions } from "./connection.ts";
import { ConnectionClosed } from "./http-errors.ts";

/** Whoever needs a connection. */
export interface Lessee {
  /** A connection became free for it. */
  takeConnection(connection: Connection): void;
}

export interface EndpointPoolOptions extends ConnectionOptions {
  readonly clock: Clock;
  /** Row of the endpoint in `leases`. */
  readonly slot: number;
  /** Counts requests at a time where other threads send some, too. */
  readonly leases: SharedLeases | undefined;
  /** Most requests at a time; 0 for no limit. */
  readonly maxConnections: number;
  /** Most requests that wait for one to end. */
  readonly maxQueued: number;
  /** Called when nothing is left: no connection, open or idle, and nobody waiting. */
  readonly emptied: (pool: EndpointPool) => void;
}

interface Idle {
  readonly connection: Connection;
  /** In the clock's milliseconds. */
  readonly until: number;
}

/**
 * The connections to one endpoint: last used first, so that surplus ones fall
 * idle and close; when they are capped, requests wait in order of arrival.
 */
export class EndpointPool {
  readonly #options: EndpointPoolOptions;
  /** Last used at the end. */
  readonly #idle: Idle[] = [];
  #sweep: Disposable | undefined;
  readonly #queue: Lessee[] = [];
  /** Those of the options, where there is a cap. */
  readonly #leases: SharedLeases | undefined;
  #leased = 0;
  #isRetired = false;
  #isServingQueue = false;

  constructor(options: EndpointPoolOptions) {
    this.#options = options;
    this.#leases = options.maxConnections === 0 ? undefined : options.leases;
  }

  /** Whether `lease` would give a connection or a place in the queue. */
  hasRoom(): boolean {
    return this.#hasFree() || this.#queue.length < this.#options.maxQueued;
  }

  /** @returns a connection, or undefined when the lessee waits for `takeConnection` */
  lease(lessee: Lessee): Connection | undefined {
    if (this.#hasFree() && this.#takeShared()) return this.#leaseTaken();
    this.#queue.push(lessee);
    if (this.#leases !== undefined) void this.#serveQueue(this.#leases);
    return undefined;
  }

  /** A connection whatever the cap says, for probes. */
  leaseUncapped(): Connection {
    this.#leases?.take(this.#options.slot, Infinity);
    return this.#leaseTaken();
  }

  /** Exchanges a leased connection for one that carried no request yet. */
  renew(connection: Connection): Connection {
    this.#close(connection);
    return this.#connect();
  }

  /** Exchanges a leased connection that turned out dead for one with a new socket. */
  replace(): Connection {
    return this.#connect();
  }

  /** @param isReusable whether the next request may go over it */
  release(connection: Connection, isReusable: boolean): void {
    this.#leased -= 1;
    this.#leases?.give(this.#options.slot);
    const next = this.#leases === undefined && this.#hasFree() ? this.#queue.shift() : undefined;
    if (next !== undefined) {
      this.#leased += 1;
      next.takeConnection(isReusable ? connection : this.#connect());
      return;
    }
    if (isReusable && !this.#isRetired) this.#keep(connection);
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
    for (const { connection } of this.#idle.splice(0)) this.#close(connection);
    this.#checkEmpty();
  }

  /** Closes what is idle, at once. Leased connections end with their requests. */
  destroy(reason: ProxyError): void {
    this.#isRetired = true;
    this.#sweep?.[Symbol.dispose]();
    for (const { connection } of this.#idle.splice(0)) connection.destroy(reason);
  }

  #takeIdle(): Connection | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (this.#options.clock.now() < last.until) return last.connection;
      this.#close(last.connection);
    }
    return undefined;
  }

  #keep(connection: Connection): void {
    const { clock } = this.#options;
    this.#idle.push({ connection, until: clock.now() + connection.idleMs });
    this.#sweep ??= clock.schedule(() => this.#closeSurplus(), connection.idleMs);
  }

  /** Closes what was idle for too long, and looks again when the next one may have been. */
  #closeSurplus(): void {
    const { clock } = this.#options;
    const now = clock.now();
    this.#sweep = undefined;
    const surplus = this.#idle.filter(({ until }) => until <= now);
    for (const idle of surplus) {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      this.#close(idle.connection);
    }
    const next = Math.min(...this.#idle.map(({ until }) => until));
    if (next < Infinity) this.#sweep = clock.schedule(() => this.#closeSurplus(), next - now);
    this.#checkEmpty();
  }

  #hasFree(): boolean {
    const { maxConnections, slot } = this.#options;
    if (maxConnections === 0) return true;
    if (this.#leases === undefined) return this.#leased < maxConnections;
    return this.#queue.length === 0 && this.#leases.count(slot) < maxConnections;
  }

  #takeShared(): boolean {
    const { maxConnections, slot } = this.#options;
    return this.#leases === undefined || this.#leases.take(slot, maxConnections);
  }

  #leaseTaken(): Connection {
    this.#leased += 1;
    return this.#takeIdle() ?? this.#connect();
  }

  /** Gives connections to those who wait, as they come free in this thread or in another. */
  async #serveQueue(leases: SharedLeases): Promise<void> {
    if (this.#isServingQueue) return;
    this.#isServingQueue = true;
    const { slot } = this.#options;
    while (this.#queue.length > 0) {
      const moment = leases.moment(slot);
      if (this.#takeShared()) this.#queue.shift()?.takeConnection(this.#leaseTaken());
      else await leases.given(slot, moment);
    }
    this.#isServingQueue = false;
    this.#checkEmpty();
  }

  #connect(): Connection {
    return new Connection(this.#options, (lost) => this.#forget(lost));
  }

  /** A socket closed: an idle connection is dropped, a leased one reports through its request. */
  #forget(connection: Connection): void {
    const place = this.#idle.findIndex((idle) => idle.connection === connection);
    if (place === -1) return;
    this.#idle.splice(place, 1);
    this.#checkEmpty();
  }

  #close(connection: Connection): void {
    connection.destroy(new ConnectionClosed("the connection is not kept"));
  }

  #checkEmpty(): void {
    if (this.#leased === 0 && this.#idle.length === 0 && this.#queue.length === 0) {
      this.#sweep?.[Symbol.dispose]();
      this.#options.emptied(this);
    }
  }
}
