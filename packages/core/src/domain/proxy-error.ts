import { failures, type ErrorCode, type Failure } from "./failure.ts";

/** Facts about a failure beyond its code. */
export interface ProxyErrorOptions {
  /** The error that led here; kept for the log, never shown to a client. */
  readonly cause?: unknown;
  /** Seconds after which the client may try again, for `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** HTTP status when it differs from the one of the failure table. */
  readonly status?: number;
  /** Name of the endpoint concerned, for the log. */
  readonly endpoint?: string;
}

/**
 * The one error of the gateway. `message` is written for the client: it names
 * what was wrong and what to do, and holds no address and no credential.
 */
export class ProxyError extends Error {
  override readonly name: string = "ProxyError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly endpoint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ProxyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? failures[code].status;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.endpoint = options.endpoint;
  }

  /** What this failure means to retry, breaker, health and the client. */
  get failure(): Failure {
    return failures[this.code];
  }
}

/** The error itself, or an `internal` one around whatever was thrown. */
export function toProxyError(thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  return new ProxyError("internal", "The gateway failed to handle this request.", {
    cause: thrown,
  });
}
