import type { ErrorCode } from "@olla-ts/core";
import type { LiveLimits } from "@olla-ts/core/ports";

import type { ConfigFile } from "../../config/schema.ts";
import type { Services } from "../../http/services.ts";

/** What was refused and why, sticky sessions, and translations between dialects. */
export function limitsReport(
  { server }: ConfigFile,
  { stats, security, securityStatus, sticky, translators }: Services,
  refusals: ReadonlyMap<ErrorCode, number>,
): LiveLimits {
  const { rate_limits, request_limits } = server;
  return {
    perClientPerMinute: Math.max(0, rate_limits.per_ip_requests_per_minute),
    globalPerMinute: Math.max(0, rate_limits.global_requests_per_minute),
    burst: rate_limits.burst_size,
    maxBodyBytes: Math.max(0, request_limits.max_body_size),
    maxHeaderBytes: request_limits.max_header_size,
    codes: Object.fromEntries(stats.codes()),
    refusals: Object.fromEntries(refusals),
    security: securityStatus(security()),
    sticky: sticky(),
    translators: translators().map(({ name, traffic, passthrough, translated, streaming }) => ({
      name,
      requests: traffic.requests,
      failed: traffic.failed,
      passthrough,
      translated,
      streaming,
      outputTokens: traffic.outputTokens,
    })),
  };
}
