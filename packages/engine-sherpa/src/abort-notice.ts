import { EventEmitter } from "node:events";

/**
 * The means to give one request up. undici takes it for its `signal`, but reacts
 * only once the request has a connection; `orAbort` reacts at once. An emitter
 * rather than an `AbortController`, which costs more than the rest of a request.
 */
export class AbortNotice extends EventEmitter {
  #reason: Error | undefined;
  readonly #given: PromiseWithResolvers<never> = Promise.withResolvers<never>();

  constructor() {
    super();
    // With nobody waiting, an abort is no unhandled rejection.
    this.#given.promise.catch(() => {});
  }

  /** Gives the request up; later calls do nothing. */
  abort(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#given.reject(reason);
    this.emit("abort");
  }

  /** An emitter does not tell those who listen too late. @throws the reason, when given up */
  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** The outcome of `promise`, or the rejection of an abort that comes first. */
  orAbort<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#given.promise]);
  }
}
