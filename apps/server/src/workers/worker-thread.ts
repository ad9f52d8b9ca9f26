import { Worker } from "node:worker_threads";

import type { Notice, Order, WorkerStart } from "./messages.ts";
import { workerEntry } from "./worker-entry.ts";

interface Expectation {
  readonly fits: (notice: Notice) => boolean;
  readonly settle: (notice: Notice | undefined) => void;
}

export interface WorkerThreadOptions {
  readonly start: WorkerStart;
  readonly onNotice: (notice: Notice, thread: WorkerThread) => void;
  /** @param cause what ended it; undefined when it ended by itself or was ended */
  readonly onEnd: (cause: unknown, thread: WorkerThread) => void;
}

/** Longest wait for a thread that was asked to end, before it is ended by force. */
const STOP_WAIT_MS = 2_000;

/** One thread that serves, as the main thread sees it. */
export class WorkerThread {
  readonly index: number;
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #expected = new Set<Expectation>();
  #hasEnded = false;

  constructor({ start, onNotice, onEnd }: WorkerThreadOptions) {
    this.index = start.index;
    const { script, options } = workerEntry();
    this.#worker = new Worker(script, {
      workerData: start,
      name: `serving-${start.index}`,
      ...options,
    });
    let cause: unknown;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#worker.on("message", (notice: Notice) => {
      this.#settle((one) => one.fits(notice), notice);
      onNotice(notice, this);
    });
    this.#worker.on("error", (error) => (cause = error));
    this.#worker.on("exit", () => {
      this.#hasEnded = true;
      this.#settle(() => true, undefined);
      onEnd(cause, this);
      resolve();
    });
  }

  send(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** Sends an order and resolves with the answer; undefined when the thread ends before. */
  ask<Kind extends Notice["kind"]>(
    order: Order,
    ...kinds: readonly Kind[]
  ): Promise<Extract<Notice, { readonly kind: Kind }> | undefined> {
    const answer = this.next((notice): notice is Extract<Notice, { readonly kind: Kind }> =>
      kinds.some((kind) => kind === notice.kind),
    );
    this.send(order);
    return answer;
  }

  /** The next notice that fits; undefined when the thread ends before. */
  next<Fitting extends Notice>(
    fits: (notice: Notice) => notice is Fitting,
  ): Promise<Fitting | undefined> {
    if (this.#hasEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#expected.add({
        fits,
        settle: (notice) => resolve(notice !== undefined && fits(notice) ? notice : undefined),
      });
    });
  }

  /** Ends it: in good order when it does so soon, else by force. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.send({ kind: "stop" });
    const force = setTimeout(() => void this.#worker.terminate(), STOP_WAIT_MS);
    await this.ended;
    clearTimeout(force);
  }

  /** Ends it at once, with its requests. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(concerns: (one: Expectation) => boolean, notice: Notice | undefined): void {
    for (const one of this.#expected) {
      if (!concerns(one)) continue;
      this.#expected.delete(one);
      one.settle(notice);
    }
  }
}
