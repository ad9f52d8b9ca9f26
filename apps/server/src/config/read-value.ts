import { parseByteSize } from "./byte-size.ts";
import { parseDuration } from "./duration.ts";

/** Text of any scalar; undefined for what is none. */
export function toText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A whole number, also when written `1_000`; fractions are cut off. */
export function toInteger(value: unknown): number | undefined {
  const number = typeof value === "string" ? integerOf(value) : value;
  if (typeof number !== "number") return undefined;
  const whole = Math.trunc(number);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

function integerOf(written: string): number | undefined {
  if (!/^[+-]?\d[\d_]*(?:e\d+)?$/i.test(written)) return undefined;
  return Number(written.replaceAll("_", ""));
}

/** Any number, also with a fraction. */
export function toNumber(value: unknown): number | undefined {
  const number =
    typeof value === "string" && /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Milliseconds. The number 0 is a duration, any other number lacks its unit. */
export function toDuration(value: unknown): number | undefined {
  if (value === 0) return 0;
  return typeof value === "string" ? parseDuration(value) : undefined;
}

/** Bytes: a whole number, or text with a unit. */
export function toBytes(value: unknown): number | undefined {
  return toInteger(value) ?? (typeof value === "string" ? parseByteSize(value) : undefined);
}

const TRUE = new Set(["true", "yes", "on", "t", "1", "y"]);
const FALSE = new Set(["false", "no", "off", "f", "0", "n"]);

/** The same words in the file and in the environment, in any case. */
export function toBoolean(value: unknown): boolean | undefined {
  const word = toText(value)?.toLowerCase() ?? "";
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : undefined;
}

/** Longest part of a wrong value that a message repeats. */
const SHOWN_CHARACTERS = 60;

/** A wrong value as a message shows it, on one line. Not for values that may be secret. */
export function display(value: unknown): string {
  if (typeof value !== "string") return toText(value) ?? kindOf(value);
  return JSON.stringify(
    value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value,
  );
}

/** What sort of value it is, in the words of a message; tells nothing of its content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "keys with values" : `a ${typeof value}`;
}
