import type { Endpoint } from "@olla-ts/core";
import { type Dispatcher, errors, Pool } from "undici";

import type { AbortNotice } from "./abort-notice.ts";
import type { Connector } from "./connector.ts";

/** What all connections have in common. */
export interface ConnectionSettings {
  readonly connector: Connector;
  /** How long an idle connection is kept, in milliseconds. */
  readonly keepAliveMs: number;
  readonly maxResponseHeaderBytes: number;
  /** Called for every pooled connection that turned out dead. */
  readonly onStale: () => void;
}

/** A request as undici takes it, but for the address and the means to abort it. */
export type RequestParts = Omit<Dispatcher.RequestOptions, "origin" | "signal">;

/** The connections to one origin: those kept for reuse, and those made for one request. */
export class OriginConnections {
  readonly #pooled: Pool;
  readonly #fresh: Pool;
  readonly #settings: ConnectionSettings;

  constructor(origin: string, settings: ConnectionSettings) {
    const options = {
      connect: settings.connector.connect,
      allowH2: false,
      keepAliveTimeout: settings.keepAliveMs,
      maxHeaderSize: settings.maxResponseHeaderBytes,
    };
    this.#settings = settings;
    this.#pooled = new Pool(origin, options);
    this.#fresh = new Pool(origin, { ...options, pipelining: 0 });
  }

  /**
   * Sends one request. One that meets a dead pooled connection goes again on a new one.
   *
   * @param onSent called when a connection takes the request, so perhaps twice
   */
  async request(
    options: RequestParts,
    notice: AbortNotice,
    onSent: () => void = () => {},
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await send(watched(this.#pooled, onSent), options, notice);
    } catch (error) {
      if (!this.#settings.connector.isStale(error)) throw error;
    }
    this.#settings.onStale();
    return send(watched(this.#fresh, onSent), options, notice);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pooled.close(), this.#fresh.close()]);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.#pooled.destroy(), this.#fresh.destroy()]);
  }
}

/** The pool for one request, which tells of its start and lets no status below 100 pass. */
function watched(pool: Pool, onSent: () => void): Dispatcher {
  return pool.compose((dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    const begin = handler.onResponseStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      onSent();
      start?.(controller, context);
    };
    // undici takes everything below 200 for an interim answer and waits on.
    handler.onResponseStart = (controller, status, ...rest) => {
      if (status < 100) controller.abort(new errors.SocketError("bad status"));
      else begin?.(controller, status, ...rest);
    };
    return dispatch(options, handler);
  });
}

function send(
  pool: Dispatcher,
  options: RequestParts,
  notice: AbortNotice,
): Promise<Dispatcher.ResponseData> {
  notice.throwIfAborted();
  return notice.orAbort(pool.request({ ...options, signal: notice }));
}

/** The connections of an engine, by endpoint and origin. */
export class EndpointConnections {
  readonly #settings: ConnectionSettings;
  readonly #origins = new Map<number, Map<string, OriginConnections>>();
  readonly #closing = new Set<OriginConnections>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** The connections of one endpoint to one origin; its health check may live on another. */
  to({ slot }: Endpoint, origin: string): OriginConnections {
    let origins = this.#origins.get(slot);
    if (origins === undefined) this.#origins.set(slot, (origins = new Map()));
    let connections = origins.get(origin);
    if (connections === undefined)
      origins.set(origin, (connections = new OriginConnections(origin, this.#settings)));
    return connections;
  }

  /** Closes what the endpoint has, once its requests have ended. */
  async remove({ slot }: Endpoint): Promise<void> {
    const origins = this.#origins.get(slot);
    this.#origins.delete(slot);
    const leaving = [...(origins?.values() ?? [])];
    for (const one of leaving) this.#closing.add(one);
    await Promise.all(leaving.map((one) => one.close()));
    for (const one of leaving) this.#closing.delete(one);
  }

  /** Closes everything now. */
  async destroy(): Promise<void> {
    const all = [...this.#origins.values()].flatMap((origins) => [...origins.values()]);
    this.#origins.clear();
    await Promise.all([...all, ...this.#closing].map((one) => one.destroy()));
  }
}
