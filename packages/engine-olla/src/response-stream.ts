import type { HeaderList, ProxyError } from "@olla-ts/core";
import type { BodySink, ResponseBody } from "@olla-ts/core/ports";

/** Bytes kept for a reader that has not come yet before the backend is asked to wait. */
const HELD_LIMIT_BYTES = 64 * 1024;

/** Where a body comes from. */
export interface BodySource {
  /** Ends the pause that `push` asked for. */
  resumeBody(): void;
  /** Nobody wants the rest. */
  cancelBody(): void;
}

/**
 * A body on its way from a backend to its one reader. Chunks go straight to a
 * sink that takes them; what arrives before there is one, or while it pauses, is kept.
 */
export class ResponseStream implements ResponseBody {
  readonly #source: BodySource;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #sink: BodySink | undefined;
  #isRead = false;
  /** The sink asked for a pause. */
  #isPaused = false;
  /** The source was asked for a pause. */
  #isSourcePaused = false;
  #state: "open" | "ended" | "failed" | "cancelled" = "open";
  #trailers: HeaderList = [];
  #error: ProxyError | undefined;
  /** Wakes the iterator. */
  #wake: (() => void) | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Takes a chunk from the source. @returns false to ask for a pause until `resumeBody` */
  push(chunk: Uint8Array): boolean {
    const sink = this.#sink;
    if (sink !== undefined && !this.#isPaused) {
      if (sink.write(chunk)) return true;
      this.#isPaused = true;
      this.#isSourcePaused = true;
      return false;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.byteLength;
    this.#wake?.();
    this.#isSourcePaused = this.#isPaused || this.#heldBytes >= HELD_LIMIT_BYTES;
    return !this.#isSourcePaused;
  }

  /** The source is done. */
  end(trailers: HeaderList): void {
    this.#trailers = trailers;
    this.#close("ended");
  }

  /** The source broke off. A pausing sink hears of it at once: nobody else would end its wait. */
  fail(error: ProxyError): void {
    if (this.#state === "open") this.#error = error;
    this.#close("failed");
  }

  /** The client left: an iterator ends with this error, a sink hears nothing more. */
  abandon(error: ProxyError): void {
    this.#error = error;
    this.#drop();
  }

  pipeTo(sink: BodySink): void {
    this.#claim();
    this.#sink = sink;
    this.#flush();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#flush();
  }

  cancel(): void {
    if (this.#state === "cancelled") return;
    const isOpen = this.#state === "open";
    this.#drop();
    if (isOpen) this.#source.cancelBody();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#claim();
    try {
      for (;;) {
        const chunk = this.#takeHeld();
        if (chunk !== undefined) {
          this.#resumeSource();
          yield chunk;
          continue;
        }
        if (this.#state !== "open") break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.cancel();
    }
  }

  #claim(): void {
    if (this.#isRead) throw new TypeError("this body is being read already");
    this.#isRead = true;
  }

  #close(state: "ended" | "failed"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#wake?.();
    if (this.#sink !== undefined && (state === "failed" || !this.#isPaused)) this.#flush();
  }

  #drop(): void {
    this.#state = "cancelled";
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#sink = undefined;
    this.#wake?.();
  }

  /** Gives the sink what was kept: all of a broken body, of others as much as it takes. */
  #flush(): void {
    for (let chunk = this.#takeHeld(); chunk !== undefined; chunk = this.#takeHeld()) {
      if (this.#sink?.write(chunk) === false && this.#state !== "failed") {
        this.#isPaused = true;
        return;
      }
    }
    this.#finish();
    this.#resumeSource();
  }

  /** Tells the sink the outcome, once there is one and everything before it was delivered. */
  #finish(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#state === "open") return;
    this.#sink = undefined;
    if (this.#error === undefined) sink.end(this.#trailers);
    else sink.fail(this.#error);
  }

  #takeHeld(): Uint8Array | undefined {
    const chunk = this.#held.shift();
    if (chunk !== undefined) this.#heldBytes -= chunk.byteLength;
    return chunk;
  }

  #resumeSource(): void {
    if (!this.#isSourcePaused || this.#state !== "open") return;
    this.#isSourcePaused = false;
    this.#source.resumeBody();
  }
}
