import type { Clock } from "@olla-ts/core/ports";

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** Longest silence towards the client, in milliseconds. */
  readonly everyMs: number;
  /** When the client was last sent something, on the monotonic clock. */
  readonly sentAt: () => number;
  /** Sends a sign of life, if the stream can take one now. */
  readonly send: () => void;
}

/**
 * Keeps a stream from looking dead while the model thinks. One timer per stream
 * and interval, none per chunk. Ends when disposed.
 */
export function startKeepAlive({ clock, everyMs, sentAt, send }: KeepAliveOptions): Disposable {
  let timer: Disposable;
  const wait = (delayMs: number): Disposable =>
    clock.schedule(() => {
      const silence = clock.now() - sentAt();
      if (silence < everyMs) {
        timer = wait(everyMs - silence);
        return;
      }
      send();
      timer = wait(everyMs);
    }, delayMs);
  timer = wait(everyMs);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
