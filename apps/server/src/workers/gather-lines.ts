import type { Clock } from "@olla-ts/core/ports";

/** Records gathered before they are handed on, in characters. */
const GATHERED = 8_192;
/** Longest that a record waits. */
const WAIT_MS = 200;

/** A place for records whose lines are handed on many at a time. */
export interface GatheredLines {
  readonly write: (line: string) => void;
  /** Hands on what waits. */
  readonly flush: () => void;
}

/** Hands on whole lines, because a message between threads costs more than a line. */
export function gatherLines(clock: Clock, handOn: (lines: string) => void): GatheredLines {
  let waiting = "";
  let timer: Disposable | undefined;

  function flush(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (waiting === "") return;
    const lines = waiting;
    waiting = "";
    handOn(lines);
  }

  return {
    write(line) {
      waiting += line;
      if (waiting.length >= GATHERED) flush();
      else timer ??= clock.schedule(flush, WAIT_MS);
    },
    flush,
  };
}
