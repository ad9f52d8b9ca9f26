import { headerValue, isStream, type HeaderList } from "@olla-ts/core";

import type { Exchange } from "./exchange.ts";

/** How fast an answer came; undefined where nobody can tell. */
export interface AnswerSpeed {
  readonly tokensPerSecond: number | undefined;
  readonly firstTokenMs: number | undefined;
}

/** What is measured of an exchange that is over. */
export interface MeasuredExchange extends Pick<
  Exchange,
  "error" | "figures" | "usage" | "startedAt" | "firstByteAt" | "firstTokenAt" | "lastPartAt"
> {
  readonly response: { readonly statusCode: number };
  readonly upstream: { readonly headers: HeaderList } | undefined;
}

const UNKNOWN: AnswerSpeed = { tokensPerSecond: undefined, firstTokenMs: undefined };

/** Parts of a stream closer together than this were made before, and show only how fast they were sent. */
const MIN_GENERATION_MS = 10;

/**
 * What the backend states, else what the gateway's clock tells of a stream: an answer
 * that came as a whole does not show when it was begun.
 */
export function answerSpeed(exchange: MeasuredExchange): AnswerSpeed {
  const { error, response, figures, startedAt } = exchange;
  if (error !== undefined || response.statusCode >= 400) return UNKNOWN;
  const begunAt = begunAtOf(exchange);
  return {
    tokensPerSecond: figures?.tokensPerSecond ?? measuredSpeed(exchange, begunAt),
    firstTokenMs:
      figures?.firstTokenMs ?? (begunAt === undefined ? undefined : begunAt - startedAt),
  };
}

function measuredSpeed(
  { usage, lastPartAt }: MeasuredExchange,
  begunAt: number | undefined,
): number | undefined {
  if (begunAt === undefined || lastPartAt === undefined) return undefined;
  // The first token is what the time is measured from.
  const tokens = (usage?.outputTokens ?? 0) - 1;
  const generationMs = lastPartAt - begunAt;
  if (tokens <= 0 || generationMs < MIN_GENERATION_MS) return undefined;
  return (tokens * 1_000) / generationMs;
}

/** When a stream of tokens began; undefined for any other answer. */
function begunAtOf(exchange: MeasuredExchange): number | undefined {
  const { upstream, figures, firstTokenAt, firstByteAt } = exchange;
  if (upstream === undefined || figures === undefined || !isStream(upstream.headers)) {
    return undefined;
  }
  // Who knows the length had all of it.
  if (headerValue(upstream.headers, "content-length") !== undefined) return undefined;
  return firstTokenAt ?? firstByteAt;
}
