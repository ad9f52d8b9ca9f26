import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import type { Endpoint } from "../../domain/endpoint.ts";
import { makeEndpoint } from "../make.ts";
import { Changes } from "./changes.ts";
import { RequestReader, type ReceivedRequest } from "./request-reader.ts";
import type { Certificate } from "./self-signed-certificate.ts";

/** What the upstream does with one request: anything a socket can do. */
export type Script = (exchange: Exchange) => void | Promise<void>;

/** One request and the connection it came over. */
export class Exchange {
  readonly request: ReceivedRequest;
  /** Which request of its connection this is, from 1. */
  readonly ordinal: number;
  readonly #socket: Socket;

  constructor(request: ReceivedRequest, ordinal: number, socket: Socket) {
    this.request = request;
    this.ordinal = ordinal;
    this.#socket = socket;
  }

  /** Sends bytes as they are; resolves when the system took them or the connection is gone. */
  write(data: string | Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(data, () => resolve());
    return promise;
  }

  /** Bytes that the system took for this connection so far. */
  get bytesSent(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Sends what is pending, then closes the connection in order (FIN). */
  close(): void {
    this.#socket.destroySoon();
  }

  /** Breaks the connection (RST). */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
}

/** A server that does to each request what its script says, over a raw socket on 127.0.0.1. */
export class ScriptedUpstream implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly requests: ReceivedRequest[] = [];
  /** Connections accepted so far. */
  connections = 0;
  readonly #changes = new Changes();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server, endpoint: Endpoint) {
    this.#server = server;
    this.endpoint = endpoint;
  }

  /**
   * @param over the endpoint's other properties; its address is the server's
   * @param certificate what it speaks TLS with; plain TCP without
   */
  static async start(
    script: Script,
    over: Partial<Endpoint> = {},
    certificate?: Certificate,
  ): Promise<ScriptedUpstream> {
    const secure = certificate !== undefined;
    const options = { noDelay: true };
    const server = secure ? createTlsServer({ ...options, ...certificate }) : createServer(options);
    const url = `${secure ? "https" : "http"}://127.0.0.1:${await listen(server)}`;
    const upstream = new ScriptedUpstream(server, makeEndpoint({ url, ...over }));
    server.on(secure ? "secureConnection" : "connection", (socket: Socket) =>
      upstream.#accept(socket, script),
    );
    return upstream;
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Waits until the condition on this upstream holds. */
  until(what: string, condition: () => boolean): Promise<void> {
    return this.#changes.until(what, condition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  #accept(socket: Socket, script: Script): void {
    let ordinal = 0;
    const reader = new RequestReader((request) => {
      this.requests.push(request);
      void run(script, new Exchange(request, ++ordinal, socket));
      this.#changes.notify();
    });
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on("data", (data) => reader.push(data));
    // The engine under test may break connections whenever it likes; `close` follows.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#changes.notify();
    });
    this.#changes.notify();
  }
}

async function run(script: Script, exchange: Exchange): Promise<void> {
  try {
    await script(exchange);
  } catch {
    // What a script waits for in vain, the case that wrote it waits for too and reports.
  }
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
  return port;
}

/** A server that answers the first bytes of any connection in plain HTTP, TLS or not. */
export async function startPlainServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  return {
    port: await listen(server),
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
}

function listen(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address: AddressInfo | string | null = server.address();
    if (typeof address === "object" && address !== null) resolve(address.port);
  });
  return promise;
}
