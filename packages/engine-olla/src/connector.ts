import net from "node:net";
import tls from "node:tls";

import { ProxyError } from "@olla-ts/core";

import type { Deadlines, Timed } from "./deadlines.ts";
import { toConnectError, type ConnectPhase } from "./upstream-failure.ts";

/** Fewer and larger reads of a fast stream than Node's default of 16 KB gives. */
const READ_BUFFER_BYTES = 64 * 1024;
/**
 * Where all connections are read into, one read after another: nothing is allocated for a read,
 * and an idle connection holds nothing. Windows reads ahead of being asked, so there each has its own.
 */
const sharedReadBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/** How connections to one endpoint are made. */
export interface ConnectorOptions {
  /** For errors. */
  readonly endpoint: string;
  readonly deadlines: Deadlines;
  /** Milliseconds to the established TCP connection; 0 for no limit. */
  readonly connectMs: number;
  /** Milliseconds for the TLS handshake; 0 for no limit. */
  readonly tlsMs: number;
  /** Milliseconds of silence before TCP keep-alive probes. */
  readonly tcpKeepAliveMs: number;
}

/** Where to connect to, as a `URL` states it. */
export interface Address {
  readonly protocol: string;
  readonly hostname: string;
  /** Empty for the protocol's own. */
  readonly port: string;
  /** Name and port, for the Host field. */
  readonly host: string;
}

/** Takes what one read brought, before it returns: the next read overwrites it. */
export type OnBytes = (bytes: Buffer) => void;

/** Told once how connecting ended. */
export type Connected = (...result: [null, net.Socket] | [ProxyError, null]) => void;

/**
 * Makes connections, with a limit each for TCP and TLS that the
 * engine's own clock watches, and with errors that say which step failed.
 */
export class Connector {
  readonly #options: ConnectorOptions;
  /** Lets the next connection shorten its TLS handshake. */
  #tlsSession: Buffer | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** @returns the socket, for a caller that gives up: destroying it ends in `connected` with an error */
  connect(address: Address, onBytes: OnBytes, connected: Connected): net.Socket {
    const isSecure = address.protocol === "https:";
    const onread = readInto(onBytes);
    const socket = isSecure ? this.#openTls(address, onread) : open(address, onread);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, this.#options.tcpKeepAliveMs);
    const progress = new Connecting(socket, connected, this.#options);
    if (isSecure) {
      socket.once("connect", () => progress.secure());
      socket.once("secureConnect", () => progress.finish());
    } else {
      socket.once("connect", () => progress.finish());
    }
    socket.on("error", (error) => progress.fail(error));
    socket.once("close", () => progress.fail(undefined));
    return socket;
  }

  #openTls({ hostname, port }: Address, onread: net.OnReadOpts): net.Socket {
    // Node documents `onread` here too; its types do not have it yet.
    const options: tls.ConnectionOptions & { readonly onread: net.OnReadOpts } = {
      onread,
      host: unbracketed(hostname),
      port: Number(port === "" ? 443 : port),
      // Host names only: SNI does not carry addresses (RFC 6066 §3).
      ...(net.isIP(unbracketed(hostname)) === 0 ? { servername: hostname } : undefined),
      ...(this.#tlsSession === undefined ? undefined : { session: this.#tlsSession }),
      ALPNProtocols: ["http/1.1"],
    };
    const socket = tls.connect(options);
    socket.on("session", (session) => {
      this.#tlsSession = session;
    });
    return socket;
  }
}

function open({ hostname, port }: Address, onread: net.OnReadOpts): net.Socket {
  return net.connect({
    host: unbracketed(hostname),
    port: Number(port === "" ? 80 : port),
    onread,
  });
}

/** A URL writes an IPv6 address in brackets. */
function unbracketed(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

function readInto(onBytes: OnBytes): net.OnReadOpts {
  const isShared = process.platform !== "win32";
  const buffer = isShared ? sharedReadBuffer : Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  return {
    buffer,
    callback(length) {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
}

/** One connection on its way. */
class Connecting implements Timed {
  dueAt: number;
  place = -1;
  readonly #socket: net.Socket;
  readonly #options: ConnectorOptions;
  #connected: Connected | undefined;
  #phase: ConnectPhase = "tcp";

  constructor(socket: net.Socket, connected: Connected, options: ConnectorOptions) {
    this.#socket = socket;
    this.#connected = connected;
    this.#options = options;
    options.deadlines.add(this);
    this.dueAt = options.deadlines.after(options.connectMs);
  }

  /** TCP is through, TLS begins. */
  secure(): void {
    this.#phase = "tls";
    this.dueAt = this.#options.deadlines.after(this.#options.tlsMs);
  }

  finish(): void {
    this.#end()?.(null, this.#socket);
  }

  fail(error: Error | undefined): void {
    const connected = this.#end();
    if (connected === undefined) return;
    const { endpoint } = this.#options;
    connected(
      error instanceof ProxyError ? error : toConnectError(error, this.#phase, endpoint),
      null,
    );
  }

  expire(): void {
    const { connectMs, tlsMs, endpoint } = this.#options;
    const [step, limitMs] =
      this.#phase === "tls" ? ["TLS handshake", tlsMs] : ["connect", connectMs];
    const error = new ProxyError(
      "connect_timeout",
      `The connection to the backend was not made in time (${step} timeout, ${limitMs} ms).`,
      { endpoint },
    );
    this.fail(error);
    this.#socket.destroy();
  }

  /** The callback, the first time. */
  #end(): Connected | undefined {
    const connected = this.#connected;
    this.#connected = undefined;
    this.#options.deadlines.remove(this);
    return connected;
  }
}
