import { ProxyError, type HeaderList } from "@olla-ts/core";
import type { RateLimiter } from "@olla-ts/core/ports";
import type { MiddlewareHandler } from "hono";

import { errorBody } from "../error-body.ts";
import type { LocalEnv } from "./local-env.ts";

export interface HealthLimitOptions {
  readonly limiter: RateLimiter;
  /** The client's address, trusted proxies resolved. */
  readonly clientAddress: (peer: string, headers: HeaderList) => string;
}

/** Refuses who asks for the gateway's own health too often. */
export function limitHealth({
  limiter,
  clientAddress,
}: HealthLimitOptions): MiddlewareHandler<LocalEnv> {
  return async (context, next) => {
    const { socket, rawHeaders } = context.env.incoming;
    const address = clientAddress(socket.remoteAddress ?? "", rawHeaders);
    const { allowed, retryAfterSeconds } = limiter.check(address);
    if (allowed) return next();
    const error = new ProxyError(
      "rate_limited",
      `This client asks for the health too often. Try again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
    return Response.json(errorBody("openai", error, context.get("requestId")), {
      status: error.status,
      headers: { "Retry-After": String(retryAfterSeconds) },
    });
  };
}
