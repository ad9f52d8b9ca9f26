const BYTE_UNITS = ["KB", "MB", "GB", "TB", "PB"] as const;
const SECOND_MS = 1_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Bytes for people, in steps of 1024: `512 B`, `2.53 KB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = "";
  for (const larger of BYTE_UNITS) {
    if (value < 1024) break;
    value /= 1024;
    unit = larger;
  }
  return `${value.toFixed(2)} ${unit}`;
}

/**
 * A percentage with at most one decimal: `0%`, `84.6%`, `100%`.
 *
 * @param percent 0 to 100; undefined gives `N/A`
 */
export function formatPercent(percent: number | undefined): string {
  if (percent === undefined) return "N/A";
  return percent === 0 || percent === 100 ? `${percent}%` : `${percent.toFixed(1)}%`;
}

/** A duration in milliseconds: `0ms`, `340ms`, from one second on `1.2s`. */
export function formatLatency(durationMs: number): string {
  const whole = Math.round(durationMs);
  return whole < SECOND_MS ? `${whole}ms` : `${(whole / SECOND_MS).toFixed(1)}s`;
}

/**
 * How long ago something was: `3s ago`, `5m ago`, `2h ago`, `4d ago`.
 *
 * @param at milliseconds since 1970; undefined gives `never`
 * @param now milliseconds since 1970; earlier than `at` gives `0s ago`
 */
export function formatAgo(at: number | undefined, now: number): string {
  if (at === undefined) return "never";
  return `${largestUnit(Math.max(0, Math.floor((now - at) / SECOND_MS)))} ago`;
}

/**
 * How long it is until something: `in 2s`, `in 5m`; `now` when it is due.
 *
 * @param at milliseconds since 1970; undefined gives `unknown`
 * @param now milliseconds since 1970
 */
export function formatUntil(at: number | undefined, now: number): string {
  if (at === undefined) return "unknown";
  return at <= now ? "now" : `in ${largestUnit(Math.ceil((at - now) / SECOND_MS))}`;
}

/** Time since the start in its two largest units: `42s`, `7m`, `1h 0m`, `3d 4h`. */
export function formatUptime(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < HOUR) return largestUnit(whole);
  if (whole < DAY) return `${Math.floor(whole / HOUR)}h ${Math.floor((whole % HOUR) / MINUTE)}m`;
  return `${Math.floor(whole / DAY)}d ${Math.floor((whole % DAY) / HOUR)}h`;
}

function largestUnit(seconds: number): string {
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h`;
  return `${Math.floor(seconds / DAY)}d`;
}
