import { ProxyError, type Endpoint, type HeaderList, type SharedLeases } from "@olla-ts/core";
import type {
  AttemptObserver,
  CircuitBreaker,
  Clock,
  EngineTimeouts,
  ProxyEngine,
  RandomSource,
} from "@olla-ts/core/ports";

import { Connector } from "./connector.ts";
import { Deadlines } from "./deadlines.ts";
import { EndpointPool } from "./endpoint-pool.ts";
import { createEngineCounters } from "./engine-counters.ts";
import type { Stoppable } from "./exchange-context.ts";
import { forward, type ForwardContext } from "./forward.ts";
import { sendProbe } from "./health-probe.ts";
import { RetryBudget } from "./retry-budget.ts";

/** How much of the traffic may be retries. */
export interface RetryOptions {
  /** Retries per first attempt, over the last ten seconds. Default 0.2. */
  readonly budgetRatio?: number;
  /** Retries per second allowed without any traffic. Default 10. */
  readonly budgetMinPerSecond?: number;
}

/** What an engine is built with. Times in milliseconds. */
export interface OllaEngineOptions {
  readonly timeouts: EngineTimeouts;
  readonly clock: Clock;
  /** Jitter of the backoff. */
  readonly random: RandomSource;
  /** Told of every attempt. Default nobody. */
  readonly observer?: AttemptObserver;
  /** Asked before every attempt. Default none: nothing is refused. */
  readonly breaker?: CircuitBreaker;
  /** Fields of a health probe, credentials included. Default none. */
  readonly headersFor?: (endpoint: Endpoint) => HeaderList;
  /** Most requests at a time per endpoint; 0, the default, for no limit. */
  readonly maxConnections?: number;
  /** Counts them over all threads that send requests. Default: this thread alone sends. */
  readonly leases?: SharedLeases;
  /** Most requests per endpoint that wait when it is capped; beyond, `overloaded`. Default 128. */
  readonly maxQueued?: number;
  /** Longest such wait; 0 for no limit. Default 30,000. */
  readonly maxQueuedMs?: number;
  readonly retry?: RetryOptions;
  /** How long an unused connection is kept. Default 60,000. */
  readonly keepAliveMs?: number;
  /** Silence before TCP keep-alive probes. Default 30,000. */
  readonly tcpKeepAliveMs?: number;
  /** Longest response head, in bytes. Default 65,536. */
  readonly maxResponseHeaderBytes?: number;
}

/**
 * The fast engine: an HTTP/1.1 client on bare sockets, kept per endpoint, one object
 * per attempt, one read buffer for all connections, no closure, promise or timer per chunk.
 */
export function createOllaEngine(options: OllaEngineOptions): ProxyEngine {
  const { clock, timeouts, headersFor = () => [], maxQueuedMs = 30_000 } = options;
  const { connectMs, tlsMs, responseHeaderMs, firstTokenMs, idleMs, totalMs } = timeouts;
  const limits = [connectMs, tlsMs, responseHeaderMs, firstTokenMs, idleMs, totalMs, maxQueuedMs];
  const deadlines = new Deadlines(clock, limits);
  const counters = createEngineCounters();
  const active = new Set<Stoppable>();
  const pools = createPools(options, deadlines);
  const context: ForwardContext = {
    clock,
    deadlines,
    timeouts,
    maxQueuedMs,
    counters,
    active,
    observer: options.observer,
    breaker: options.breaker,
    budget: createBudget(options),
    random: options.random,
    poolOf: (endpoint) => pools.get(endpoint, endpoint.origin),
  };
  let closing: ProxyError | undefined;

  return {
    name: "olla",

    processRequest(request) {
      return closing === undefined ? forward(context, request) : Promise.reject(closing);
    },

    async healthCheck(endpoint) {
      if (closing !== undefined) return false;
      try {
        const pool = pools.get(endpoint, new URL(endpoint.healthUrl).origin);
        return await sendProbe(context, { endpoint, pool, headers: headersFor(endpoint) });
      } catch {
        return false; // a URL or a header that cannot be sent
      }
    },

    getStats() {
      const { ended, ...totals } = counters;
      return { ...totals, inFlight: totals.attempts - ended };
    },

    removeEndpoint: (endpoint) => pools.retire(endpoint),

    [Symbol.asyncDispose]() {
      closing ??= new ProxyError("shutting_down", "The gateway is shutting down.");
      for (const exchange of active) exchange.stop(closing);
      pools.destroy(closing);
      deadlines.stop();
      return Promise.resolve();
    },
  };
}

function createBudget({ clock, retry = {} }: OllaEngineOptions): RetryBudget {
  const { budgetRatio = 0.2, budgetMinPerSecond = 10 } = retry;
  return new RetryBudget({ clock, ratio: budgetRatio, minPerSecond: budgetMinPerSecond });
}

interface Pools {
  get(endpoint: Endpoint, origin: string): EndpointPool;
  retire(endpoint: Endpoint): void;
  destroy(reason: ProxyError): void;
}

/** Pools by slot and origin. One that has become empty is forgotten, whatever emptied it. */
function createPools(options: OllaEngineOptions, deadlines: Deadlines): Pools {
  const {
    keepAliveMs = 60_000,
    tcpKeepAliveMs = 30_000,
    maxResponseHeaderBytes = 65_536,
  } = options;
  const { clock } = options;
  const { maxConnections = 0, maxQueued = 128, leases } = options;
  const { connectMs, tlsMs } = options.timeouts;
  const pools = new Map<string, EndpointPool>();

  function create(key: string, origin: string, { slot, name: endpoint }: Endpoint): EndpointPool {
    const pool = new EndpointPool({
      clock,
      address: new URL(origin),
      connector: new Connector({ endpoint, deadlines, connectMs, tlsMs, tcpKeepAliveMs }),
      keepAliveMs,
      maxResponseHeaderBytes,
      slot,
      leases,
      maxConnections,
      maxQueued,
      emptied: (empty) => {
        if (pools.get(key) === empty) pools.delete(key);
      },
    });
    pools.set(key, pool);
    return pool;
  }

  return {
    get(endpoint, origin) {
      const key = `${endpoint.slot} ${origin}`;
      return pools.get(key) ?? create(key, origin, endpoint);
    },
    retire({ slot, origin, healthUrl }) {
      for (const one of new Set([origin, URL.parse(healthUrl)?.origin])) {
        const key = `${slot} ${one}`;
        const pool = pools.get(key);
        pools.delete(key);
        pool?.retire();
      }
    },
    destroy(reason) {
      for (const pool of pools.values()) pool.destroy(reason);
      pools.clear();
    },
  };
}
