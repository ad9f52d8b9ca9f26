import type { HeaderList, ProxyError } from "@olla-ts/core";
import { ProxyError as Refusal } from "@olla-ts/core";
import type { RateLimiter } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";
import type { PathRules } from "./path-rules.ts";
import { leavesRoute } from "./proxy-route.ts";

/** What `admit` asks. */
export interface AdmitOptions {
  /** The client's address, trusted proxies resolved. */
  readonly clientAddress: (peer: string, headers: HeaderList) => string;
  /** Size rules of a request head. */
  readonly checkHead: (
    method: string,
    target: string,
    headers: HeaderList,
  ) => ProxyError | undefined;
  readonly limiter: RateLimiter;
  readonly pathRules: PathRules;
}

/**
 * First step: who asks, and may they. Reads the head alone; the body is still
 * on its way.
 *
 * @throws ProxyError the refusal
 */
export function admit(
  exchange: Exchange,
  { clientAddress, checkHead, limiter, pathRules }: AdmitOptions,
): void {
  const { request, route } = exchange;
  const { method = "GET", url = "/", rawHeaders } = request;
  exchange.clientAddress = clientAddress(request.socket.remoteAddress ?? "", rawHeaders);
  exchange.rate = limiter.check(exchange.clientAddress);
  if (!exchange.rate.allowed) {
    const { refusedBy, retryAfterSeconds } = exchange.rate;
    const whose = refusedBy === "global" ? "All clients together have" : "This client has";
    throw new Refusal(
      "rate_limited",
      `${whose} made too many requests. Try again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }
  const refusal = checkHead(method, url, rawHeaders);
  if (refusal !== undefined) throw refusal;
  if (leavesRoute(route)) {
    throw new Refusal(
      "invalid_request",
      'The path holds an encoded "..", which leads out of the route.',
    );
  }
  const outOfBounds = pathRules.refuse(route, exchange.table);
  if (outOfBounds !== undefined) throw outOfBounds;
}
