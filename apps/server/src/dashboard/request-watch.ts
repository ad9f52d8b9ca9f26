import { bucketOf, HISTOGRAM_BUCKETS } from "@olla-ts/core";
import type {
  Clock,
  LiveError,
  LiveRequest,
  LiveRequests,
  RecentFigures,
  RequestOutcome,
} from "@olla-ts/core/ports";

import type { Exchange } from "../pipeline/exchange.ts";
import { type CountedRequest, countRequest } from "./counted-request.ts";
import { explained, keepRequest, type KeptRequest } from "./kept-request.ts";
import { NO_RECENT_TRAFFIC, TrafficWindow } from "./traffic-window.ts";

export interface RequestWatchOptions {
  readonly clock: Clock;
  /** Latest requests kept. */
  readonly capacity: number;
  /** Endpoints, and models, with figures of their own. */
  readonly maxEndpoints: number;
  readonly maxModels: number;
  readonly redactQuery: (query: string) => string;
}

/** The last minute of traffic and the latest requests, for an operator's page. Bounded. */
export interface RequestWatch {
  /** On the request path, once per request: allocates one small object. */
  readonly record: (exchange: Exchange, outcome: RequestOutcome) => void;
  /**
   * The same for a request of another thread.
   *
   * @param request undefined when as many as are kept came after it
   */
  readonly take: (counted: CountedRequest, request: LiveRequest | undefined) => void;
  readonly total: () => RecentFigures;
  readonly endpoint: (name: string) => RecentFigures;
  readonly model: (name: string) => RecentFigures;
  /** First tokens of streams since the start: counts per log-linear bucket of microseconds. A copy. */
  readonly firstTokens: () => Uint32Array;
  /** The latest first. */
  readonly lastErrors: (endpoint: string) => readonly LiveError[];
  /** Those kept with a number of at least `first`. */
  readonly requests: (first: number) => LiveRequests;
  /** Forgets the figures of what had no request in the last minute. Off the request path. */
  readonly sweep: () => void;
}

const ERRORS_PER_ENDPOINT = 5;

export function createRequestWatch({
  clock,
  capacity,
  maxEndpoints,
  maxModels,
  redactQuery,
}: RequestWatchOptions): RequestWatch {
  const ring: (KeptRequest | LiveRequest)[] = [];
  let recorded = 0;
  const total = new TrafficWindow(clock.now());
  const firstTokens = new Uint32Array(HISTOGRAM_BUCKETS);
  const endpoints = new Map<string, TrafficWindow>();
  const models = new Map<string, TrafficWindow>();
  const errors = new Map<string, LiveError[]>();

  function count(
    windows: Map<string, TrafficWindow>,
    capacityOfKind: number,
    name: string,
    now: number,
  ): TrafficWindow | undefined {
    const known = windows.get(name);
    if (known !== undefined || windows.size >= capacityOfKind) return known;
    // A minute counts in full: what is seen for the first time was silent before.
    const fresh = new TrafficWindow(Math.min(now, total.startedAt));
    windows.set(name, fresh);
    return fresh;
  }

  function noteError(endpoint: string, error: LiveError): void {
    const known = errors.get(endpoint);
    if (known !== undefined) {
      known.unshift(error);
      if (known.length > ERRORS_PER_ENDPOINT) known.pop();
    } else if (errors.size < maxEndpoints) errors.set(endpoint, [error]);
  }

  function take({ entry, endpoint, model, errors: noted }: CountedRequest): void {
    const now = clock.now();
    total.add(now, entry);
    if (entry.succeeded && entry.firstTokenMs !== undefined) {
      const bucket = bucketOf(entry.firstTokenMs * 1_000);
      firstTokens[bucket] = (firstTokens[bucket] ?? 0) + 1;
    }
    if (endpoint !== undefined) count(endpoints, maxEndpoints, endpoint, now)?.add(now, entry);
    if (model !== undefined) count(models, maxModels, model, now)?.add(now, entry);
    for (const { name, error } of noted) noteError(name, error);
  }

  function keep(request: KeptRequest | LiveRequest): void {
    ring[recorded % capacity] = request;
    recorded += 1;
  }

  return {
    record(exchange, outcome) {
      const at = clock.wallTime();
      take(countRequest(exchange, outcome, at));
      if (capacity > 0)
        keep(keepRequest(exchange, outcome, { sequence: recorded, at, redactQuery }));
    },
    take(counted, request) {
      take(counted);
      if (capacity === 0) return;
      if (request !== undefined) keep({ ...request, sequence: recorded });
      // Those that follow at once take every place of the ring, its own included.
      else recorded += 1;
    },
    total: () => total.read(clock.now()),
    endpoint: (name) => endpoints.get(name)?.read(clock.now()) ?? NO_RECENT_TRAFFIC,
    model: (name) => models.get(name)?.read(clock.now()) ?? NO_RECENT_TRAFFIC,
    firstTokens: () => firstTokens.slice(),
    lastErrors: (endpoint) => errors.get(endpoint) ?? [],
    requests(first) {
      const from = Math.max(first, recorded - ring.length, 0);
      const requests: LiveRequest[] = [];
      for (let sequence = from; sequence < recorded; sequence += 1) {
        const kept = ring[sequence % capacity];
        if (kept !== undefined) requests.push("told" in kept ? explained(kept) : kept);
      }
      return { first: from, kept: capacity, requests };
    },
    sweep() {
      const now = clock.now();
      for (const windows of [endpoints, models]) {
        for (const [name, window] of windows) if (window.isIdle(now)) windows.delete(name);
      }
    },
  };
}
