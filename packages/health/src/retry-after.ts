/** Wait after a 429 that says nothing usable, in milliseconds. */
const DEFAULT_MS = 30_000;
/** Longest wait believed, in milliseconds: a day. Also keeps timers within their range. */
const MAX_MS = 86_400_000;
/** The one form of date that a sender may use (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds that a `Retry-After` field asks for (RFC 9110 §10.2.3): seconds or
 * an HTTP date. 30 000 when it is missing or makes no sense; a day at most.
 *
 * @param wallTime milliseconds since 1970
 */
export function retryAfterMs(value: string | null, wallTime: number): number {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, MAX_MS);
  const date = IMF_FIXDATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) return DEFAULT_MS;
  return Math.min(Math.max(0, date - wallTime), MAX_MS);
}
