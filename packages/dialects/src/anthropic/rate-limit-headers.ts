import type { HeaderList } from "@olla-ts/core";

/** OpenAI's names: `x-ratelimit-remaining-tokens`. */
const FIELD = /^x-ratelimit-(limit|remaining|reset)-(requests|tokens)$/i;

/** One part of OpenAI's durations, `1h6m0.5s` or `20ms`. */
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/;

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * The rate limits that a backend tells in OpenAI's header fields, in Anthropic's:
 * `x-ratelimit-remaining-tokens: 9` becomes `anthropic-ratelimit-tokens-remaining: 9`,
 * and a time until the reset becomes the time of the reset (RFC 3339).
 *
 * @param nowMs milliseconds since 1970
 */
export function toAnthropicRateLimits(headers: HeaderList, nowMs: number): HeaderList {
  const written: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [, figure, of] = FIELD.exec(headers[index] ?? "") ?? [];
    if (figure === undefined || of === undefined) continue;
    const text = headers[index + 1] ?? "";
    const value = figure.toLowerCase() === "reset" ? toResetTime(text, nowMs) : text;
    if (value === undefined) continue;
    written.push(`anthropic-ratelimit-${of}-${figure}`.toLowerCase(), value);
  }
  return written;
}

/** Undefined when the duration cannot be read. */
function toResetTime(text: string, nowMs: number): string | undefined {
  const time = new Date(nowMs + Math.ceil(toMs(text.trim())));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function toMs(duration: string): number {
  if (/^\d+(?:\.\d+)?$/.test(duration)) return Number(duration) * 1_000;
  if (!DURATION.test(duration)) return NaN;
  let sum = 0;
  for (const [, count, unit = ""] of duration.matchAll(DURATION_PART)) {
    sum += Number(count) * (UNIT_MS[unit] ?? NaN);
  }
  return sum;
}
