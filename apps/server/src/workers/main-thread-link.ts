import { MessageChannel, type MessagePort } from "node:worker_threads";

import type { Endpoint, ErrorCode, RoutingTable } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

import type { Notice, Order } from "./messages.ts";
import { PortSocket } from "./port-socket.ts";

/** The main thread as one sees it that serves. */
export interface MainThreadLink {
  readonly tell: (notice: Notice) => void;
  readonly reportFailure: (endpoint: Endpoint, code: ErrorCode) => void;
  /** Resolves to the table in force when every endpoint was asked, or after `timeoutMs`. */
  readonly rediscover: (timeoutMs: number) => Promise<RoutingTable>;
  /** A connection for one request of a client at `peer`. */
  readonly connect: (peer: string) => PortSocket;
  readonly rediscovered: (order: Extract<Order, { readonly kind: "rediscovered" }>) => void;
}

export interface MainThreadLinkOptions {
  readonly port: MessagePort;
  readonly clock: Clock;
  /** The table in force now. */
  readonly table: () => RoutingTable;
}

/** How much longer than the main thread a thread waits that asked it. */
const PATIENCE_MS = 1_000;

export function linkToMainThread({ port, clock, table }: MainThreadLinkOptions): MainThreadLink {
  const waiting = new Map<number, () => void>();
  let asked = 0;
  const tell = (notice: Notice): void => port.postMessage(notice);
  return {
    tell,
    reportFailure({ slot, url }, code) {
      tell({ kind: "failure", slot, url, code });
    },
    rediscover(timeoutMs) {
      const number = (asked += 1);
      const { promise, resolve } = Promise.withResolvers<RoutingTable>();
      const answered = (): void => {
        waiting.delete(number);
        timer[Symbol.dispose]();
        resolve(table());
      };
      const timer = clock.schedule(answered, timeoutMs + PATIENCE_MS);
      waiting.set(number, answered);
      tell({ kind: "rediscover", number, timeoutMs });
      return promise;
    },
    connect(peer) {
      const { port1, port2 } = new MessageChannel();
      port.postMessage({ kind: "connection", port: port2, peer } satisfies Notice, [port2]);
      return new PortSocket(port1);
    },
    rediscovered: ({ number }) => waiting.get(number)?.(),
  };
}
