import { z } from "zod";

import { parseByteSize } from "./byte-size.ts";
import { parseDuration } from "./duration.ts";
import { suggest } from "./suggest.ts";

/** How a value is written, in the file and in the environment. */
export type FieldKind = "text" | "integer" | "duration" | "bytes" | "boolean" | "list" | "map";

/** What a key carries beside its type. */
export interface FieldMeta {
  readonly kind: FieldKind;
  /** One sentence for the reference page. */
  readonly description: string;
  /** Environment variable that overrides the key. */
  readonly env?: string;
  readonly [other: string]: unknown;
}

interface FieldOptions<T> {
  readonly default: T;
  readonly env?: string;
}

function meta(kind: FieldKind, description: string, env: string | undefined): FieldMeta {
  return { kind, description, ...(env !== undefined && { env }) };
}

function display(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}

/** Any scalar; a number or boolean is taken as its text. */
const scalarText = z.unknown().transform((value, context): string => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  context.addIssue(`expected text, got ${display(value)}`);
  return z.NEVER;
});

export function text(description: string, options: FieldOptions<string>) {
  return scalarText.default(options.default).meta(meta("text", description, options.env));
}

export function optionalText(description: string) {
  return scalarText.optional().meta(meta("text", description, undefined));
}

/** One of a few words. @param options.caseless accepts any case and gives the word as listed */
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  options: FieldOptions<Word> & { readonly caseless?: boolean },
) {
  const allowed = `allowed: ${words.join(", ")}`;
  return z
    .unknown()
    .transform((value, context): string => {
      const written = String(value);
      const found = words.find((word) =>
        options.caseless === true ? word === written.toLowerCase() : word === written,
      );
      if (found !== undefined) return found;
      const near = suggest(written, words);
      const hint = near === undefined ? "" : `; did you mean "${near}"?`;
      context.addIssue(`${display(value)} is not a known value; ${allowed}${hint}`);
      return z.NEVER;
    })
    .pipe(z.enum(words))
    .default(() => options.default)
    .meta(meta("text", description, options.env));
}

export function integer(
  description: string,
  options: FieldOptions<number> & { readonly min?: number; readonly max?: number },
) {
  return wholeNumber(options)
    .default(options.default)
    .meta(meta("integer", description, options.env));
}

function wholeNumber(range: { readonly min?: number; readonly max?: number }) {
  return z.unknown().transform((value, context): number => {
    const number = toNumber(value);
    if (number === undefined) {
      context.addIssue(`expected a whole number, got ${display(value)}`);
      return z.NEVER;
    }
    const whole = Math.trunc(number);
    checkRange(whole, range, (bound) => String(bound), context);
    return whole;
  });
}

interface DurationRange {
  readonly min?: string;
  readonly max?: string;
}

/** Milliseconds. */
export function duration(description: string, options: FieldOptions<string> & DurationRange) {
  return durationText(options)
    .default(parseDuration(options.default) ?? 0)
    .meta(meta("duration", description, options.env));
}

/** Milliseconds; undefined when the key is absent. */
export function optionalDuration(description: string, options: DurationRange = {}) {
  return durationText(options)
    .optional()
    .meta(meta("duration", description, undefined));
}

function durationText({ min, max }: DurationRange) {
  return z.unknown().transform((value, context): number => {
    const parsed = value === 0 ? 0 : typeof value === "string" ? parseDuration(value) : undefined;
    if (parsed === undefined) {
      const hint = typeof value === "number" ? `; did you mean "${value}s"?` : "";
      context.addIssue(
        `${display(value)} is not a duration; write a number with ns, us, ms, s, m or h, such as 30s or 1h30m${hint}`,
      );
      return z.NEVER;
    }
    const range = {
      ...(min !== undefined && { min: parseDuration(min) ?? 0 }),
      ...(max !== undefined && { max: parseDuration(max) ?? 0 }),
    };
    checkRange(
      parsed,
      range,
      (bound) => (bound === range.max ? (max ?? "") : (min ?? "")),
      context,
    );
    return parsed;
  });
}

/** Bytes: a number, or text with a unit. */
export function bytes(
  description: string,
  options: FieldOptions<number> & { readonly min?: number; readonly max?: number },
) {
  return z
    .unknown()
    .transform((value, context): number => {
      const parsed = typeof value === "number" ? Math.trunc(value) : parseByteSize(String(value));
      if (parsed === undefined) {
        context.addIssue(
          `${display(value)} is not a size; write bytes, or a number with KB, MB or GB`,
        );
        return z.NEVER;
      }
      checkRange(parsed, options, (bound) => `${bound} bytes`, context);
      return parsed;
    })
    .default(options.default)
    .meta(meta("bytes", description, options.env));
}

const TRUE = new Set(["true", "yes", "on", "t", "1", "y"]);
const FALSE = new Set(["false", "no", "off", "f", "0", "n"]);

export function boolean(description: string, options: FieldOptions<boolean>) {
  return z
    .unknown()
    .transform((value, context): boolean => {
      const written = String(value).toLowerCase();
      if (TRUE.has(written)) return true;
      if (FALSE.has(written)) return false;
      context.addIssue(`${display(value)} is not true or false`);
      return z.NEVER;
    })
    .default(options.default)
    .meta(meta("boolean", description, options.env));
}

export function textList(description: string, options: FieldOptions<readonly string[]>) {
  return z
    .unknown()
    .transform((value, context): readonly string[] => {
      if (Array.isArray(value)) return value.map((item) => String(item));
      context.addIssue(`expected a list, got ${display(value)}; write [${display(value)}]`);
      return z.NEVER;
    })
    .default(options.default)
    .meta(meta("list", description, options.env));
}

/** Whole number; undefined when the key is absent. */
export function optionalInteger(
  description: string,
  options: { readonly min?: number; readonly max?: number } = {},
) {
  return wholeNumber(options)
    .optional()
    .meta(meta("integer", description, undefined));
}

export function textMap(description: string) {
  return z
    .record(z.string(), scalarText)
    .default({})
    .meta(meta("map", description, undefined));
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "string" || !/^[+-]?[\d_]+(?:e\d+)?$/i.test(value)) return undefined;
  return Number(value.replaceAll("_", ""));
}

function checkRange(
  value: number,
  { min, max }: { readonly min?: number; readonly max?: number },
  format: (bound: number) => string,
  context: { addIssue(message: string): void },
): void {
  if (min !== undefined && value < min) context.addIssue(`must be at least ${format(min)}`);
  if (max !== undefined && value > max) context.addIssue(`must be at most ${format(max)}`);
}
