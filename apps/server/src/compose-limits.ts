import type { HeaderList, SharedState } from "@olla-ts/core";
import type { Clock, RateLimiter } from "@olla-ts/core/ports";
import {
  createCidrMatcher,
  createClientAddressReader,
  createRateLimiter,
  createRequestLimits,
  type RequestLimits,
} from "@olla-ts/security";

import type { ConfigFile } from "./config/schema.ts";
import type { ListenerLimits } from "./http/gateway-server.ts";
import { repeat } from "./repeat.ts";

/** Who asks, how much at a time, and how often. */
export interface ClientLimits extends Disposable {
  readonly requests: RequestLimits;
  readonly limiter: RateLimiter;
  /** Of `/internal/health` alone. */
  readonly healthLimiter: RateLimiter;
  /** The client's address, trusted proxies resolved. */
  readonly clientAddress: (peer: string, headers: HeaderList) => string;
  readonly isTrustedPeer: (address: string) => boolean;
}

/** Clients remembered by the limit of `/internal/health`: supervisors, which are few. */
const HEALTH_CLIENTS = 1_024;

/** The limits of one configuration; their tables are tidied until it is disposed. */
export function createClientLimits(
  server: ConfigFile["server"],
  { shared, clock }: { readonly shared: SharedState; readonly clock: Clock },
): ClientLimits {
  const { rate_limits } = server;
  const isTrustedProxy = createCidrMatcher(rate_limits.trusted_proxy_cidrs);
  const limiter = createRateLimiter({
    shared,
    clock,
    perClientPerMinute: rate_limits.per_ip_requests_per_minute,
    globalPerMinute: rate_limits.global_requests_per_minute,
    burst: rate_limits.burst_size,
    maxClients: rate_limits.max_clients,
  });
  const healthLimiter = createRateLimiter({
    shared,
    name: "rate.health",
    clock,
    perClientPerMinute: rate_limits.health_requests_per_minute,
    globalPerMinute: 0,
    burst: rate_limits.burst_size,
    maxClients: HEALTH_CLIENTS,
  });
  const tidying = repeat(clock, rate_limits.cleanup_interval, () => {
    limiter.sweep();
    healthLimiter.sweep();
  });
  return {
    requests: requestLimits(server),
    limiter,
    healthLimiter,
    clientAddress: createClientAddressReader({
      trustedCidrs: rate_limits.trusted_proxy_cidrs,
      trustProxyHeaders: rate_limits.trust_proxy_headers,
    }),
    isTrustedPeer: (address) => rate_limits.trust_proxy_headers && isTrustedProxy(address),
    [Symbol.dispose]: () => tidying[Symbol.dispose](),
  };
}

/** Largest heads and bodies that are taken. */
export function requestLimits({ request_limits }: ConfigFile["server"]): RequestLimits {
  return createRequestLimits({
    maxBodyBytes: request_limits.max_body_size,
    maxHeaderBytes: request_limits.max_header_size,
  });
}

export function listenerLimits({ server }: ConfigFile): ListenerLimits {
  return {
    requestTimeoutMs: server.read_timeout,
    headersTimeoutMs: server.read_header_timeout === 0 ? 10_000 : server.read_header_timeout,
    idleTimeoutMs: server.idle_timeout === 0 ? server.read_timeout : server.idle_timeout,
    writeTimeoutMs: server.write_timeout,
    maxHeaderBytes: requestLimits(server).maxHeaderBytes,
  };
}
