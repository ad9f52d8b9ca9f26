import type { UnificationRules } from "./unification-rules.ts";

/** Tried in order on labels that the table does not hold. */
const FORMS: readonly {
  readonly pattern: RegExp;
  readonly toShort: (match: RegExpExecArray) => string;
}[] = [
  { pattern: /q(\d+)_k_(xl|[sml])(?![a-z])/, toShort: ([, bits, size]) => `q${bits}k${size}` },
  { pattern: /q(\d+)_k(?![a-z_])/, toShort: ([, bits]) => `q${bits}k` },
  { pattern: /q(\d+)_([1-9])/, toShort: ([, bits, form]) => `q${bits}_${form}` },
  { pattern: /q(\d+)/, toShort: ([, bits]) => `q${bits}` },
  { pattern: /bf16/, toShort: () => "bf16" },
  { pattern: /fp?(\d+)/, toShort: ([, bits]) => `f${bits}` },
  { pattern: /int(\d+)/, toShort: ([, bits]) => `int${bits}` },
];

/**
 * The catalogue's short form of a quantisation label: `Q4_K_M` → `q4km`. Labels
 * of no known form are lower-cased; without a label it is empty.
 */
export function normalizeQuantization(label: string | undefined, rules: UnificationRules): string {
  const text = label?.trim() ?? "";
  const upper = text.toUpperCase();
  if (Object.hasOwn(rules.quantizations, upper)) return rules.quantizations[upper] ?? "";
  const lower = text.toLowerCase();
  for (const { pattern, toShort } of FORMS) {
    const match = pattern.exec(lower);
    if (match !== null) return toShort(match);
  }
  return lower;
}
