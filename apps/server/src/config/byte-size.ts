const SIZE = /^(\d+(?:\.\d+)?(?:e\d+)?)\s*(?:([kmgt])i?)?b?$/i;
const POWERS = ["", "k", "m", "g", "t"];

/**
 * Bytes of a size such as `1048576`, `50MB` or `0.5KiB`; undefined when the text
 * is none. Units are powers of 1,024, with and without the `i`.
 */
export function parseByteSize(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  if (match === null) return undefined;
  const [, amount = "", unit = ""] = match;
  const bytes = Math.trunc(Number(amount) * 1_024 ** POWERS.indexOf(unit.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
