import {
  allowsRetry,
  type Endpoint,
  type HeaderList,
  pauseBeforeRetry,
  ProxyError,
  toProxyError,
} from "@olla-ts/core";
import type {
  Attempt as AttemptRecord,
  AttemptObserver,
  Clock,
  EngineTimeouts,
  ProxyEngine,
  ProxyRequest,
  ProxyResponse,
  RandomSource,
} from "@olla-ts/core/ports";

import { Attempt, type AttemptContext } from "./attempt.ts";
import { Connector } from "./connector.ts";
import { EndpointConnections } from "./endpoint-connections.ts";
import { EngineCounters } from "./engine-counters.ts";
import { probe } from "./probe.ts";

export interface SherpaEngineOptions {
  /** Limits of every attempt; 0 switches one off. */
  readonly timeouts: EngineTimeouts;
  readonly clock: Clock;
  /** Jitter of the pause between two attempts; default `Math.random`. */
  readonly random?: RandomSource;
  /** Told of every attempt; default nobody. */
  readonly observer?: AttemptObserver;
  /** Fields sent with a health check, credentials included; default none. */
  readonly headersFor?: (endpoint: Endpoint) => HeaderList;
  /** Largest response head, in bytes; default 65536. */
  readonly maxResponseHeaderBytes?: number;
  /** How long an idle connection is kept, in milliseconds; default 90000. */
  readonly keepAliveMs?: number;
}

/** Sends each request to its candidates one after the other until one answers. */
export function createSherpaEngine({
  timeouts,
  clock,
  random = Math.random,
  observer,
  headersFor = () => [],
  maxResponseHeaderBytes = 65_536,
  keepAliveMs = 90_000,
}: SherpaEngineOptions): ProxyEngine {
  const counters = new EngineCounters();
  const running = new Set<Attempt>();
  const connections = new EndpointConnections({
    connector: new Connector(timeouts),
    keepAliveMs,
    maxResponseHeaderBytes,
    onStale: () => {
      counters.staleConnections += 1;
    },
  });
  const context: AttemptContext = { clock, timeouts, observer, counters, connections, running };
  let disposed = false;

  async function processRequest(request: ProxyRequest): Promise<ProxyResponse> {
    const failed: AttemptRecord[] = [];
    let remaining = request.candidates;
    for (;;) {
      if (disposed) throw new ProxyError("shutting_down", "The gateway is shutting down.");
      if (request.cancellation.aborted) throw new ProxyError("client_aborted", "The client left.");
      const endpoint = request.select(remaining);
      const upstream = request.toUpstream(endpoint);
      const attempt = new Attempt(endpoint, context);
      request.cancellation.listen(() => attempt.abort("client_aborted"));
      if (failed.length > 0) counters.retries += 1;
      try {
        const answer = await attempt.send(upstream);
        return { endpoint, ...answer, attempts: [...failed, { endpoint, error: undefined }] };
      } catch (thrown) {
        const error = toProxyError(thrown);
        failed.push({ endpoint, error });
        remaining = remaining.filter((other) => other !== endpoint);
        if (remaining.length === 0 || !mayGoOn(error, request, failed))
          throw summary(error, failed);
        const { cancellation } = request;
        await pauseBeforeRetry(request.retry, failed.length, { clock, random, cancellation });
      }
    }
  }

  return {
    name: "sherpa",
    processRequest,
    healthCheck: async (endpoint) =>
      !disposed && (await probe(endpoint, headersFor(endpoint), { clock, connections })),
    getStats: () => counters.snapshot(),
    removeEndpoint: (endpoint) => {
      void connections.remove(endpoint);
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      for (const attempt of running) attempt.abort("shutting_down");
      await connections.destroy();
    },
  };
}

function mayGoOn(
  { failure }: ProxyError,
  { repeatable, retry }: ProxyRequest,
  failed: readonly AttemptRecord[],
): boolean {
  return failed.length < retry.maxAttempts && allowsRetry(failure, repeatable, retry);
}

/** What the caller is told when no candidate answered. */
function summary(last: ProxyError, failed: readonly AttemptRecord[]): ProxyError {
  if (last.failure.origin !== "upstream") return last;
  const tried = failed.length === 1 ? "1 endpoint" : `${failed.length} endpoints`;
  return new ProxyError(last.code, `Tried ${tried}, none answered. ${last.message}`, {
    cause: last,
    ...(last.endpoint === undefined ? {} : { endpoint: last.endpoint }),
  });
}
