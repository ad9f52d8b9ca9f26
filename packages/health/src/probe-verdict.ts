import type { HealthStatus } from "@olla-ts/core";

import { retryAfterMs } from "./retry-after.ts";

/** What one probe found. */
export interface Verdict {
  readonly status: HealthStatus;
  /** Why, as far as the time of the next probe depends on it. */
  readonly reason: "answered" | "loading" | "limited" | "timeout" | "network";
  /** For people, without addresses; undefined when healthy. */
  readonly error: string | undefined;
  /** The next probe comes no sooner than this, in milliseconds; 0 when the backend asked for nothing. */
  readonly notBeforeMs: number;
}

/** The facts of an answer that decide. */
export interface ProbeAnswer {
  readonly status: number;
  /** Value of `Retry-After`, or null. */
  readonly retryAfter: string | null;
  /** The beginning of the body. */
  readonly text: string;
}

/** @param wallTime milliseconds since 1970, to read a `Retry-After` that is a date */
export function verdictOfAnswer(answer: ProbeAnswer, wallTime: number): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) {
    return { status: "healthy", reason: "answered", error: undefined, notBeforeMs: 0 };
  }
  if (status === 401 || status === 403) {
    return failed("config_error", "answered", `HTTP ${status}: the credentials were refused`);
  }
  if (status === 429) {
    const limited = failed("rate_limited", "limited", "HTTP 429: too many requests");
    return { ...limited, notBeforeMs: retryAfterMs(answer.retryAfter, wallTime) };
  }
  // llama.cpp while it starts: {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}
  if (status === 503 && /\bloading\b/i.test(answer.text)) {
    return failed("unhealthy", "loading", "loading model");
  }
  return failed("unhealthy", "answered", `HTTP ${status}`);
}

/** An answer that cannot be trusted or followed. */
export function unusableAnswer(error: string): Verdict {
  return failed("unhealthy", "answered", error);
}

/** No answer in time: perhaps only slow. */
export function timedOut(error: string): Verdict {
  return failed("offline", "timeout", error);
}

/** No answer, for certain. */
export function unreachable(error: string): Verdict {
  return failed("offline", "network", error);
}

function failed(status: HealthStatus, reason: Verdict["reason"], error: string): Verdict {
  return { status, reason, error, notBeforeMs: 0 };
}
