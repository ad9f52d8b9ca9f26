import { ProxyError } from "@olla-ts/core";
import type { Clock, Logger } from "@olla-ts/core/ports";

import type { GatheredRequest } from "../dashboard/gather-requests.ts";
import type { Front } from "../front.ts";
import { type Bound, listen } from "../serve.ts";
import type { Notice, Order, WorkerState } from "./messages.ts";
import { claim } from "./port-sharing.ts";
import { PortSocket } from "./port-socket.ts";
import { RestartPause } from "./restart-pause.ts";
import { WorkerThread } from "./worker-thread.ts";

export interface WorkerFrontOptions {
  readonly count: number;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is in force now. */
  readonly state: () => WorkerState;
  readonly onFailure: (failure: Notice & { readonly kind: "failure" }) => void;
  /** Asks the endpoints for their models; a new table is published before it resolves. */
  readonly rediscover: (timeoutMs: number) => Promise<unknown>;
  /** Takes a connection with one request that the main thread is to answer. */
  readonly onConnection: (socket: PortSocket) => void;
  /** Told what a page for operators tells of requests, many at a time. */
  readonly onRequests: (requests: readonly GatheredRequest[]) => void;
  readonly writeLines: (lines: string) => void;
  /** Told of a thread that ended without having been asked to. */
  readonly onLost: (index: number) => void;
}

/**
 * Several threads that listen on one port. One that dies is replaced.
 *
 * @returns resolves when every thread is ready to listen
 */
export async function startWorkerFront(options: WorkerFrontOptions): Promise<Front> {
  const { count, version, clock, log, state } = options;
  const threads = new Map<number, WorkerThread>();
  const pauses = Array.from({ length: count }, () => new RestartPause(clock));
  let bound: Bound | undefined;
  /** Of what threads are to confirm. */
  let lastNumber = 0;
  let isEnding = false;

  function start(index: number): WorkerThread {
    const thread = new WorkerThread({
      start: { ...state(), index, count, version },
      onNotice,
      onEnd,
    });
    threads.set(index, thread);
    pauses[index]?.started();
    return thread;
  }

  function onNotice(notice: Notice, thread: WorkerThread): void {
    if (notice.kind === "log") options.writeLines(notice.lines);
    else if (notice.kind === "requests") options.onRequests(notice.requests);
    else if (notice.kind === "failure") options.onFailure(notice);
    else if (notice.kind === "connection") {
      options.onConnection(new PortSocket(notice.port, notice.peer));
    } else if (notice.kind === "rediscover") void rediscover(notice, thread);
  }

  async function rediscover(
    { number, timeoutMs }: Notice & { readonly kind: "rediscover" },
    thread: WorkerThread,
  ): Promise<void> {
    await options.rediscover(timeoutMs);
    thread.send({ kind: "rediscovered", number });
  }

  function onEnd(cause: unknown, { index }: WorkerThread): void {
    if (isEnding) return;
    threads.delete(index);
    options.onLost(index);
    const pauseMs = pauses[index]?.lost() ?? 0;
    log.error({ worker: index, err: cause, restart_in_ms: pauseMs }, "Serving thread ended");
    clock.schedule(() => void replace(index), pauseMs);
  }

  async function replace(index: number): Promise<void> {
    if (isEnding) return;
    const thread = start(index);
    if (bound === undefined) return;
    const answer = await thread.ask(
      { kind: "listen", wanted: bound },
      "listening",
      "not listening",
    );
    if (answer?.kind === "listening") log.info({ worker: index }, "Serving thread replaced");
    else if (answer !== undefined) await thread.terminate();
  }

  function broadcast(order: Order): void {
    for (const thread of threads.values()) thread.send(order);
  }

  /** Resolves when every thread of now has told so, or has ended. */
  async function confirmed(kind: "changed" | "retired" | "synced", number: number): Promise<void> {
    const fits = (notice: Notice): notice is Notice =>
      notice.kind === kind && notice.number === number;
    await Promise.all([...threads.values()].map((thread) => thread.next(fits)));
  }

  /** @throws an error with the `code` of the system (rejection) */
  async function listenAll(wanted: Bound): Promise<Bound> {
    let place = wanted.port === 0 ? wanted : await claim(wanted);
    for (const thread of threads.values()) {
      const order: Order = { kind: "listen", wanted: place };
      const answer = await thread.ask(order, "listening", "not listening");
      if (answer?.kind === "listening") place = answer.bound;
      else throw cannotListen(answer);
    }
    bound = place;
    return place;
  }

  const ready = Array.from({ length: count }, (_, index) =>
    start(index).next((notice): notice is Notice => notice.kind === "ready"),
  );
  const front: Front = {
    listen: (host, port) => listen(host, port, listenAll),
    async drain(timeoutMs) {
      isEnding = true;
      const order: Order = { kind: "drain", timeoutMs };
      const answers = [...threads.values()].map((thread) => thread.ask(order, "drained"));
      return (await Promise.all(answers)).every((answer) => answer?.complete === true);
    },
    publish: (table) => broadcast({ kind: "table", table }),
    changeOver(_, left) {
      const number = (lastNumber += 1);
      const changeover = {
        inForce: confirmed("changed", number),
        retired: confirmed("retired", number),
      };
      broadcast({ kind: "change", number, state: state(), left });
      return changeover;
    },
    caughtUp() {
      const number = (lastNumber += 1);
      const all = confirmed("synced", number);
      broadcast({ kind: "sync", number });
      return all;
    },
    async terminate(index) {
      await threads.get(index)?.terminate();
    },
    async [Symbol.asyncDispose]() {
      isEnding = true;
      await Promise.all([...threads.values()].map((thread) => thread.stop()));
    },
  };
  const answers = await Promise.all(ready);
  if (answers.includes(undefined)) {
    await front[Symbol.asyncDispose]();
    throw new ProxyError("internal", "A serving thread could not be started.");
  }
  return front;
}

function cannotListen(answer: (Notice & { readonly kind: "not listening" }) | undefined): Error {
  if (answer === undefined) return new Error("a serving thread ended");
  return Object.assign(new Error(answer.message), { code: answer.code });
}
