import { ProxyError, type ErrorCode } from "@olla-ts/core";
import type { EngineTimeouts } from "@olla-ts/core/ports";

/** What an exchange waits for. */
export type Phase = "queued" | "connecting" | "response-header" | "first-token" | "body";

/** The limits that can end an exchange, in milliseconds. */
export interface TimeLimits {
  readonly timeouts: EngineTimeouts;
  readonly maxQueuedMs: number;
}

/** Seconds after which a client refused for lack of connections may come back. */
const OVERLOADED_RETRY_AFTER_SECONDS = 1;

/** How each limit is named, and its length. */
const LIMITS = {
  "response-header": ["response_header_timeout", "responseHeaderMs"],
  "first-token": ["first_token_timeout", "firstTokenMs"],
  body: ["idle_timeout", "idleMs"],
  // Connecting has limits of its own, watched by the connector: here it is the total that passed.
  connecting: ["total_timeout", "totalMs"],
  total: ["total_timeout", "totalMs"],
} as const satisfies Record<string, readonly [ErrorCode, keyof EngineTimeouts]>;

/** The failure of an exchange whose limit passed, named so that a reader finds the setting. */
export function expired(phase: Phase | "total", limits: TimeLimits, endpoint: string): ProxyError {
  if (phase === "queued") {
    const message = `No connection to the backend became free in ${limits.maxQueuedMs} ms.`;
    return overloaded(message, endpoint);
  }
  const [code, key] = LIMITS[phase];
  const message = `The backend exceeded the time limit ${code} of ${limits.timeouts[key]} ms.`;
  return new ProxyError(code, message, { endpoint });
}

/** The failure of an answer that took longer than its own request allows. */
export function answerExpired(limitMs: number, hadHead: boolean, endpoint: string): ProxyError {
  const code = hadHead ? "total_timeout" : "response_header_timeout";
  const message = `The backend exceeded the time limit of ${limitMs} ms that its profile states.`;
  return new ProxyError(code, message, { endpoint });
}

/** Too many requests for the connections of an endpoint. */
export function overloaded(message: string, endpoint: string): ProxyError {
  return new ProxyError("overloaded", message, {
    endpoint,
    retryAfterSeconds: OVERLOADED_RETRY_AFTER_SECONDS,
  });
}
