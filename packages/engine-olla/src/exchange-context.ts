import type { Cancellation, Endpoint, ProxyError } from "@olla-ts/core";
import type { AttemptObserver, Clock, EngineTimeouts, UpstreamRequest } from "@olla-ts/core/ports";

import type { Admission } from "./admission.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EndpointPool } from "./endpoint-pool.ts";
import type { EngineCounters } from "./engine-counters.ts";

/** Something under way that the engine can end. */
export interface Stoppable {
  stop(error: ProxyError): void;
}

/** What every exchange of an engine shares. */
export interface ExchangeContext {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly timeouts: EngineTimeouts;
  /** Longest wait for a connection of a capped endpoint, in milliseconds; 0 for no limit. */
  readonly maxQueuedMs: number;
  readonly counters: EngineCounters;
  readonly observer: AttemptObserver | undefined;
  /** Exchanges under way. */
  readonly active: Set<Stoppable>;
}

/** One attempt: what is sent, to whom. */
export interface ExchangeRequest {
  readonly endpoint: Endpoint;
  readonly pool: EndpointPool;
  readonly upstream: UpstreamRequest;
  readonly cancellation: Cancellation;
  readonly admission: Admission | undefined;
  /** Whether running it twice does no harm. */
  readonly repeatable: boolean;
  /** Does not wait for a connection of a capped endpoint. */
  readonly isProbe: boolean;
}
