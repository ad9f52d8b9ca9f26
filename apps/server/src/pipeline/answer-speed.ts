import { isStream } from "@olla-ts/core";

import type { Exchange } from "./exchange.ts";

/** How fast an answer came; undefined where nobody can tell. */
export interface AnswerSpeed {
  readonly tokensPerSecond: number | undefined;
  readonly firstTokenMs: number | undefined;
}

const UNKNOWN: AnswerSpeed = { tokensPerSecond: undefined, firstTokenMs: undefined };

/**
 * What the backend states, else what the gateway's clock tells of a stream: an answer
 * that came as a whole does not show when it was begun.
 */
export function answerSpeed(exchange: Exchange, endedAt: number): AnswerSpeed {
  const { error, response, figures, usage, startedAt } = exchange;
  if (error !== undefined || response.statusCode >= 400) return UNKNOWN;
  const begunAt = isStreamed(exchange)
    ? (exchange.firstTokenAt ?? exchange.firstByteAt)
    : undefined;
  const generationMs = begunAt === undefined ? 0 : endedAt - begunAt;
  // The first token is what the time is measured from.
  const measured = (usage?.outputTokens ?? 0) - 1;
  return {
    tokensPerSecond:
      figures?.tokensPerSecond ??
      (measured > 0 && generationMs > 0 ? (measured * 1_000) / generationMs : undefined),
    firstTokenMs:
      figures?.firstTokenMs ?? (begunAt === undefined ? undefined : begunAt - startedAt),
  };
}

function isStreamed({ upstream, usage }: Exchange): boolean {
  return upstream !== undefined && usage !== undefined && isStream(upstream.headers);
}
