import type { Socket } from "node:net";

import { buildConnector } from "undici";

import { errorCode, failureToConnect, isConnectionLoss, UPSTREAM_RESET } from "./classify-error.ts";
import type { EngineFailure } from "./classify-error.ts";

/** A connection that could not be made, with what that is to the gateway. */
export class ConnectError extends Error {
  readonly failure: EngineFailure;

  constructor(failure: EngineFailure, cause: Error) {
    super("connection failed", { cause });
    this.failure = failure;
  }
}

/** Limits of making a connection, in milliseconds; 0 switches one off. */
export interface ConnectorLimits {
  readonly connectMs: number;
  readonly tlsMs: number;
}

/** Opens connections for undici, TCP and TLS each under its own limit, and watches how they end. */
export class Connector {
  readonly #openTcp: buildConnector.connector;
  readonly #openTls: buildConnector.connector;
  readonly #lostAfterUse = new WeakSet<Error>();

  constructor({ connectMs, tlsMs }: ConnectorLimits) {
    this.#openTcp = buildConnector({ timeout: connectMs, allowH2: false });
    this.#openTls = buildConnector({ timeout: tlsMs, allowH2: false });
  }

  /** Opens one connection, in the form undici asks for it. */
  readonly connect: buildConnector.connector = (target, callback) => {
    const secure = target.protocol === "https:";
    const port = target.port || (secure ? "443" : "80");
    const tcp = { hostname: target.hostname, protocol: "http:", port };
    this.#openTcp(tcp, (error, socket) => {
      if (error !== null) callback(new ConnectError(failureToConnect(error), error), null);
      else if (secure) this.#secure({ ...target, port, httpSocket: socket }, callback);
      else callback(null, this.#watched(socket));
    });
  };

  /**
   * Whether this error is the death of a connection that had served before: an
   * idle connection may be closed at any time, and the request that meets this
   * says nothing about the endpoint.
   */
  isStale(thrown: unknown): boolean {
    return thrown instanceof Error && this.#lostAfterUse.has(thrown) && isConnectionLoss(thrown);
  }

  #secure(target: buildConnector.Options, callback: buildConnector.Callback): void {
    this.#openTls(target, (error, socket) => {
      if (error === null) callback(null, this.#watched(socket));
      else if (errorCode(error) === "UND_ERR_CONNECT_TIMEOUT")
        callback(new ConnectError("connect_timeout", error), null);
      else callback(new ConnectError("upstream_tls", error), null);
    });
  }

  #watched(socket: Socket): Socket {
    const bytesOfHandshake = socket.bytesRead;
    socket.on("error", (error) => {
      if (socket.bytesRead > bytesOfHandshake) this.#lostAfterUse.add(error);
      // undici takes ECONNRESET for the good end of a body without length; a body cut
      // by a reset must not look complete, so the code is hidden from it.
      if (errorCode(error) === "ECONNRESET") Object.assign(error, { code: UPSTREAM_RESET });
    });
    return socket;
  }
}
