import type { Clock, LiveRequest, RequestOutcome } from "@olla-ts/core/ports";

import type { Exchange } from "../pipeline/exchange.ts";
import { type CountedRequest, countRequest } from "./counted-request.ts";
import { explained, type KeptRequest, keepRequest } from "./kept-request.ts";

/** Requests gathered before they are handed on. */
const GATHERED = 4_096;
/** Longest that a request waits: of what comes in the same time, only as many as are kept are told in full. */
const WAIT_MS = 500;

/** A request as it is told to another thread. */
export interface GatheredRequest {
  readonly counted: CountedRequest;
  /** Undefined when as many as are kept came after it. */
  readonly request: LiveRequest | undefined;
}

export interface GatherRequestsOptions {
  readonly clock: Clock;
  /** Latest requests that are kept where they are handed on to. */
  readonly capacity: number;
  readonly redactQuery: (query: string) => string;
  readonly handOn: (requests: readonly GatheredRequest[]) => void;
}

/** A place for requests that are over. */
export interface GatheredRequests {
  readonly record: (exchange: Exchange, outcome: RequestOutcome) => void;
  /** Hands on what waits. */
  readonly flush: () => void;
}

/** Hands on what a page for operators tells of requests, many at a time. */
export function gatherRequests({
  clock,
  capacity,
  redactQuery,
  handOn,
}: GatherRequestsOptions): GatheredRequests {
  let waiting: { readonly counted: CountedRequest; readonly kept: KeptRequest }[] = [];
  let timer: Disposable | undefined;

  function flush(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (waiting.length === 0) return;
    const firstKept = waiting.length - capacity;
    const gathered = waiting.map(({ counted, kept }, index) => ({
      counted,
      request: index < firstKept ? undefined : explained(kept),
    }));
    waiting = [];
    handOn(gathered);
  }

  return {
    record(exchange, outcome) {
      const at = clock.wallTime();
      waiting.push({
        counted: countRequest(exchange, outcome, at),
        // Its number is given where it is kept.
        kept: keepRequest(exchange, outcome, { sequence: 0, at, redactQuery }),
      });
      if (waiting.length >= GATHERED) flush();
      else timer ??= clock.schedule(flush, WAIT_MS);
    },
    flush,
  };
}
