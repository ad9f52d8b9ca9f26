import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

import { pass } from "./changes.ts";

/** Listens with the shortest queue and then never takes a connection out of it. */
const LISTEN_AND_BLOCK = `
const { parentPort } = require("node:worker_threads");
const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;

/** How long a connection must hang to count as one that nobody accepts, in milliseconds. */
const HANGS_MS = 200;

/**
 * A port of 127.0.0.1 on which connections are neither accepted nor refused:
 * its queue is full and nobody takes from it. Linux drops what does not fit;
 * systems that refuse instead give `undefined`.
 */
export class UnacceptingListener implements AsyncDisposable {
  readonly port: number;
  readonly #worker: Worker;
  readonly #queued: readonly Socket[];

  private constructor(port: number, worker: Worker, queued: readonly Socket[]) {
    this.port = port;
    this.#worker = worker;
    this.#queued = queued;
  }

  static async start(): Promise<UnacceptingListener | undefined> {
    const worker = new Worker(LISTEN_AND_BLOCK, { eval: true });
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    worker.once("message", resolve);
    worker.once("error", reject);
    const port = Number(await promise);
    const queued = Array.from({ length: 4 }, () => connect(port, "127.0.0.1"));
    for (const socket of queued) socket.on("error", () => {});
    const listener = new UnacceptingListener(port, worker, queued);
    await pass(HANGS_MS);
    if (queued.some((socket) => socket.connecting)) return listener;
    await listener[Symbol.asyncDispose]();
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#queued) socket.destroy();
    await this.#worker.terminate();
  }
}
