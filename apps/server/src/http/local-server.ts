import { createServer } from "node:http";
import type { Duplex } from "node:stream";

import type { LocalListener } from "../compose-data-plane.ts";

/** Room for fields that were sent on, as those of the listener itself. */
const HEADER_MARGIN = 8_192;

/** Answers requests that other threads accepted and pass on, each over a connection of its own. */
export interface LocalServer extends Disposable {
  readonly take: (connection: Duplex) => void;
}

/** @param maxHeaderBytes largest head that any thread accepts */
export function createLocalServer(maxHeaderBytes: number, local: LocalListener): LocalServer {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes + HEADER_MARGIN,
      requireHostHeader: false,
      // The thread that has the client keeps the time.
      requestTimeout: 0,
      headersTimeout: 0,
    },
    local,
  );
  return {
    take(connection) {
      if (connection.destroyed) return;
      connection.on("error", () => {});
      server.emit("connection", connection);
    },
    [Symbol.dispose]: () => server.closeAllConnections(),
  };
}
