/** Figures as people read them. What is unknown is a dash. */

const UNKNOWN = "–";

const wholeNumber = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `1,234`, from a hundred thousand on `123k`, `1.2M`. */
export function formatCount(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (value < 100_000) return wholeNumber.format(value);
  const [divisor, unit] =
    value < 1e6
      ? ([1e3, "k"] as const)
      : value < 1e9
        ? ([1e6, "M"] as const)
        : ([1e9, "G"] as const);
  const scaled = value / divisor;
  return `${scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** Three digits at most behind which nothing matters: `0.25`, `4.2`, `18`, `1,234`. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN;
  if (perSecond === 0) return "0";
  if (perSecond < 0.01) return "<0.01";
  if (perSecond < 1) return perSecond.toFixed(2);
  if (perSecond < 10) return perSecond.toFixed(1);
  return formatCount(Math.round(perSecond));
}

/** `12 ms`, `1.25 s`, `42 s`, `3 m 5 s`, `2 h 4 m`, `3 d 2 h`. */
export function formatDuration(milliseconds: number | null | undefined): string {
  if (milliseconds === undefined || milliseconds === null) return UNKNOWN;
  if (milliseconds === 0) return "0 ms";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return formatSpan(seconds);
}

/** Whole units: `42 s`, `3 m 5 s`, `2 h 4 m`, `3 d 2 h`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return pair(whole, 60, "m", 1, "s");
  if (whole < 86_400) return pair(whole, 3_600, "h", 60, "m");
  return pair(whole, 86_400, "d", 3_600, "h");
}

function pair(seconds: number, big: number, bigUnit: string, small: number, unit: string): string {
  const rest = Math.floor((seconds % big) / small);
  const first = `${Math.floor(seconds / big)} ${bigUnit}`;
  return rest === 0 ? first : `${first} ${rest} ${unit}`;
}

/** `now`, `12 s ago`, `3 m ago`. */
export function formatAgo(at: number | undefined, now: number): string {
  if (at === undefined) return "never";
  const seconds = Math.round((now - at) / 1_000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `512 B`, `1.5 KiB`, `4.7 GiB`. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) return UNKNOWN;
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? "B"}`;
}

/** 0 to 100: `100 %`, `97.4 %`; never rounded up to perfect. */
export function formatPercent(percent: number | undefined): string {
  if (percent === undefined) return UNKNOWN;
  if (percent === 100 || percent === 0) return `${percent} %`;
  return `${Math.min(99.9, Math.max(0.1, percent)).toFixed(1)} %`;
}

/** Size of a context window in tokens: `8k`, `128k`, `1M`. */
export function formatTokens(tokens: number | undefined): string {
  if (tokens === undefined) return UNKNOWN;
  if (tokens < 1_024) return String(tokens);
  if (tokens < 1_000_000) return `${Math.round(tokens / 1_024)}k`;
  return `${Math.round(tokens / 1_048_576)}M`;
}

const clockTime = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** `14:03:09`, in the reader's time zone. */
export function formatClock(at: number): string {
  return clockTime.format(at);
}

/** `not_routable` as `not routable`. */
export function words(code: string): string {
  return code.replaceAll("_", " ");
}
