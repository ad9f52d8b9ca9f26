import type { LiveError, RequestOutcome } from "@olla-ts/core/ports";

import type { Exchange } from "../pipeline/exchange.ts";
import { isFailure } from "../pipeline/is-failure.ts";
import { shorten } from "../pipeline/shorten.ts";
import { firstTokenMs } from "./kept-request.ts";
import type { WindowEntry } from "./traffic-window.ts";

/** What one request adds to the figures of the last minute: plain data. */
export interface CountedRequest {
  readonly entry: WindowEntry;
  /** Name of the endpoint that answered or was tried last. */
  readonly endpoint: string | undefined;
  readonly model: string | undefined;
  /** With the name of the endpoint whose they are. */
  readonly errors: readonly { readonly name: string; readonly error: LiveError }[];
}

/** @param at milliseconds since 1970 */
export function countRequest(
  exchange: Exchange,
  outcome: RequestOutcome,
  at: number,
): CountedRequest {
  const { endpoint, model, code, status, durationMs, outputTokens } = outcome;
  const failed = isFailure(code, status);
  const errors: { readonly name: string; readonly error: LiveError }[] = [];
  for (const { endpoint: tried, error } of exchange.upstream?.attempts ?? []) {
    if (error === undefined) continue;
    const noted = { at, code: error.code, status: 0, message: error.message };
    errors.push({ name: tried.name, error: noted });
  }
  if (failed && endpoint !== undefined && code !== undefined) {
    const message = shorten(exchange.error?.message ?? `It answered with status ${status}.`);
    errors.push({ name: endpoint.name, error: { at, code, status, message } });
  }
  return {
    entry: {
      failed,
      succeeded: code === undefined && status < 400,
      durationMs,
      firstTokenMs: firstTokenMs(exchange),
      outputTokens,
    },
    endpoint: endpoint?.name,
    model: model?.name,
    errors,
  };
}
