import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Where to listen and with what. */
export interface ListenerOptions {
  readonly host: string;
  /** 0 selects a free port from 20000 to 32767. */
  readonly port: number;
  readonly random: () => number;
  readonly onRequest: RequestListener;
}

/** A listening socket that can be closed and opened again on the same port. */
export interface Listener {
  readonly port: number;
  readonly openConnections: number;
  readonly isOpen: boolean;
  /** Listens again; nothing happens when it does already. */
  open(): Promise<void>;
  /** Takes no new connections and cuts idle ones; running exchanges go on. */
  close(): void;
  /** Closes and cuts every connection, as the end of a process does. */
  destroy(): void;
}

// Linux takes 32768 and up for outgoing connections: a restart could find its port
// taken, and a client that retries a dead port there can connect to itself.
const FIRST_PORT = 20_000;
const PORTS = 12_768;

/** Opens a listener. @throws the system's error when the port cannot be had */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { host, random, onRequest } = options;
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let { port } = options;

  const listen = async (wantedPort: number): Promise<void> => {
    const next = createServer(onRequest);
    next.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    next.listen({ host, port: wantedPort });
    await once(next, "listening");
    server = next;
    port = toPort(next.address());
  };
  const close = (): void => {
    server?.close();
    server = undefined;
  };

  if (port === 0) await listenAnywhere(listen, FIRST_PORT + Math.floor(random() * PORTS));
  else await listen(port);
  return {
    get port(): number {
      return port;
    },
    get openConnections(): number {
      return sockets.size;
    },
    get isOpen(): boolean {
      return server !== undefined;
    },
    async open() {
      if (!server) await listen(port);
    },
    close,
    destroy() {
      close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listenAnywhere(
  listen: (port: number) => Promise<void>,
  firstPort: number,
): Promise<void> {
  for (let offset = 0; offset < PORTS; offset += 1) {
    try {
      return await listen(FIRST_PORT + ((firstPort - FIRST_PORT + offset) % PORTS));
    } catch (error) {
      if (!isAddressInUse(error)) throw error;
    }
  }
  throw new Error(`No free port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}.`);
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

function toPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("Not a TCP listener.");
  return address.port;
}
