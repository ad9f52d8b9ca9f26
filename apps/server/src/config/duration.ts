const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const WHOLE = new RegExp(`^(?:${PART.source})+$`);

/**
 * Milliseconds of a duration such as `30s`, `1h2m3.5s` or `0`; undefined when the
 * text is none. Negative durations are none: no setting has a use for them.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!WHOLE.test(text)) return undefined;
  let total = 0;
  for (const [, amount = "0", unit = "ms"] of text.matchAll(PART)) {
    total += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return Number.isFinite(total) ? total : undefined;
}

/** `0` in the file stands for the default of the key's description. */
export function orDefault(value: number, fallback: number): number {
  return value === 0 ? fallback : value;
}
