import type { HeaderList } from "@olla-ts/core";
import type { RateDecision } from "@olla-ts/core/ports";

/**
 * Fields that tell a client its limit: requests per minute, requests left, and
 * when the allowance is whole again in Unix seconds. All are 0 without limits.
 * For example `X-RateLimit-Limit: 100`, `X-RateLimit-Remaining: 49`,
 * `X-RateLimit-Reset: 1767225601`.
 *
 * @param wallTime milliseconds since 1970
 */
export function rateLimitHeaders(
  { limit, remaining, resetSeconds }: RateDecision,
  wallTime: number,
): HeaderList {
  const isUnlimited = limit === 0 && resetSeconds === 0;
  const reset = isUnlimited ? 0 : Math.ceil(wallTime / 1000) + resetSeconds;
  return [
    "X-RateLimit-Limit",
    String(limit),
    "X-RateLimit-Remaining",
    String(remaining),
    "X-RateLimit-Reset",
    String(reset),
  ];
}
