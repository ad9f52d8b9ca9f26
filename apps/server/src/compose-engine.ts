import { createSticky, strategies } from "@olla-ts/balancer";
import type {
  CountingThreads,
  Endpoint,
  EndpointStates,
  HeaderList,
  RetryRules,
  SharedLeases,
  SharedState,
} from "@olla-ts/core";
import type {
  AttemptObserver,
  CircuitBreaker,
  Clock,
  EngineTimeouts,
  LoadBalancer,
  ProxyEngine,
  RandomSource,
  StickyStore,
} from "@olla-ts/core/ports";
import { createOllaEngine } from "@olla-ts/engine-olla";
import { createSherpaEngine } from "@olla-ts/engine-sherpa";

import { orDefault } from "./config/duration.ts";
import type { ConfigFile } from "./config/schema.ts";

type ProxyConfig = ConfigFile["proxy"];

/** What the parts of the data plane share. */
export interface DataPlaneParts {
  readonly shared: SharedState;
  readonly states: EndpointStates;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export function toTimeouts(proxy: ProxyConfig): EngineTimeouts {
  return {
    connectMs: orDefault(proxy.connection_timeout, 60_000),
    tlsMs: orDefault(proxy.tls_handshake_timeout, 10_000),
    responseHeaderMs: orDefault(proxy.response_header_timeout, 30_000),
    firstTokenMs: proxy.first_token_timeout,
    idleMs: orDefault(proxy.read_timeout, 60_000),
    totalMs: proxy.response_timeout,
  };
}

/** Every candidate in turn and at once, unless the file says otherwise. */
export function toRetryRules({ retry, max_retries, retry_backoff }: ProxyConfig): RetryRules {
  return {
    maxAttempts: maxAttempts(retry, max_retries),
    backoffMs: retry_backoff ?? 0,
    afterConnectionFailure: retry.on_connection_failure,
  };
}

function maxAttempts(
  { enabled, max_attempts }: ProxyConfig["retry"],
  maxRetries: number | undefined,
): number {
  if (!enabled) return 1;
  if (max_attempts > 0) return max_attempts;
  return maxRetries === undefined ? Infinity : maxRetries + 1;
}

/** Retries per second that are allowed without any traffic, over all threads. */
const SPARE_RETRIES_PER_SECOND = 10;

export interface EngineParts extends DataPlaneParts {
  readonly threads: CountingThreads;
  /** Undefined in one thread. */
  readonly leases: SharedLeases | undefined;
  readonly observer: AttemptObserver;
  readonly breaker: CircuitBreaker;
  readonly headersFor: (endpoint: Endpoint) => HeaderList;
}

type EngineFactory = (proxy: ProxyConfig, parts: EngineParts) => ProxyEngine;

const engines: Readonly<Record<ProxyConfig["engine"], EngineFactory>> = {
  olla: (proxy, { threads, leases, clock, random, observer, breaker, headersFor }) =>
    createOllaEngine({
      timeouts: toTimeouts(proxy),
      clock,
      random,
      observer,
      breaker,
      headersFor,
      maxConnections: proxy.max_connections_per_endpoint,
      ...(leases !== undefined && { leases }),
      maxQueued: Math.ceil(proxy.max_queued_per_endpoint / threads.count),
      tcpKeepAliveMs: orDefault(proxy.connection_keep_alive, 30_000),
      retry: { budgetMinPerSecond: SPARE_RETRIES_PER_SECOND / threads.count },
    }),
  sherpa: (proxy, { clock, random, observer, headersFor }) =>
    createSherpaEngine({ timeouts: toTimeouts(proxy), clock, random, observer, headersFor }),
};

export function createEngine(proxy: ProxyConfig, parts: EngineParts): ProxyEngine {
  return engines[proxy.engine](proxy, parts);
}

/** @param store undefined when sticky sessions are off */
export function createBalancer(
  proxy: ProxyConfig,
  parts: DataPlaneParts,
  store: StickyStore | undefined,
): LoadBalancer {
  const inner = strategies[proxy.load_balancer](parts);
  if (store === undefined) return inner;
  return createSticky({ inner, store, isRoutable: ({ slot }) => parts.states.isRoutable(slot) });
}
