import { createServer, type Server, type Socket } from "node:net";

import { ServedConnection } from "./served-connection.ts";

/** `refuse` is what a killed process does; a number is answered as the status. */
export type Mode = "ok" | "refuse" | "hang" | "reset" | number;

/** What an endpoint has seen. */
export interface EndpointCounts {
  /** Chats that arrived. */
  readonly requests: number;
  /** Chats that are being answered. */
  readonly active: number;
  readonly tokens: number;
  readonly connections: number;
}

export interface EndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly models: readonly string[];
}

/** One fake inference server. */
export class BackendEndpoint {
  readonly models: readonly string[];
  mode: Mode = "ok";
  requests = 0;
  active = 0;
  tokens = 0;
  readonly #host: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor({ host, port, models }: EndpointOptions) {
    this.models = models;
    this.#host = host;
    this.#port = port;
  }

  async open(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      new ServedConnection(socket, this).start();
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: this.#host, port: this.#port, backlog: 4_096 }, resolve);
    });
    this.#server = server;
  }

  /** Where it listens. */
  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address !== null ? address.port : this.#port;
  }

  /** Ends what a server that is killed would end. */
  async setMode(mode: Mode): Promise<void> {
    const was = this.mode;
    this.mode = mode;
    if (mode === "refuse" && was !== "refuse") {
      this.#server?.close();
      for (const socket of this.#sockets) socket.resetAndDestroy();
    }
    if (mode !== "refuse" && was === "refuse") await this.open();
  }

  counts(): EndpointCounts {
    const { requests, active, tokens } = this;
    return { requests, active, tokens, connections: this.#sockets.size };
  }
}
