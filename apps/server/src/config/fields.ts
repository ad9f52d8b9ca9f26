import { z } from "zod";

import { parseDuration } from "./duration.ts";
import {
  FIELDS,
  meta,
  rangeOf,
  toldOf,
  type FieldOptions,
  type OptionalFieldOptions,
} from "./field-meta.ts";
import {
  display,
  kindOf,
  toBoolean,
  toBytes,
  toDuration,
  toInteger,
  toNumber,
  toText,
} from "./read-value.ts";
import { didYouMean } from "./suggest.ts";

const DURATION_UNIT = "a number with ns, us, ms, s, m or h";
const BYTES_UNIT = "bytes, or a number with KB, MB or GB";

/** Any scalar as text. A wrong value is not repeated: text may be secret. */
const scalarText = z.unknown().transform((value, context): string => {
  const written = toText(value);
  if (written !== undefined) return written;
  context.addIssue(`expected text, got ${kindOf(value)}`);
  return z.NEVER;
});

/** @param options.blank what blank text stands for; itself when absent */
export function text(
  description: string,
  options: FieldOptions<string> & { readonly blank?: string },
) {
  const { blank } = options;
  return scalarText
    .transform((written) => (blank !== undefined && written.trim() === "" ? blank : written))
    .default(options.default)
    .register(FIELDS, meta("text", description, toldOf(options)));
}

export function optionalText(description: string, options: OptionalFieldOptions<string> = {}) {
  return scalarText.optional().register(FIELDS, meta("text", description, options));
}

/** One of a few words. @param options.blankIsDefault whether empty text stands for the default */
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  options: FieldOptions<Word> & { readonly blankIsDefault?: boolean },
) {
  return z
    .unknown()
    .transform((value, context): string => {
      const written = toText(value) ?? "";
      if (value === "" && options.blankIsDefault === true) return options.default;
      if (words.some((word) => word === written)) return written;
      context.addIssue(unknownWord(value, words));
      return z.NEVER;
    })
    .pipe(z.enum(words))
    .default(() => options.default)
    .register(
      FIELDS,
      meta("text", description, {
        ...toldOf(options),
        words,
        example:
          options.example ?? words.find((word) => word !== options.default) ?? options.default,
      }),
    );
}

/** Message for a value that is none of the words. */
export function unknownWord(value: unknown, words: readonly string[]): string {
  const hint = didYouMean(toText(value) ?? "", words);
  return `${display(value)} is not a known value; allowed: ${words.join(", ")}${hint}`;
}

interface WholeRange {
  readonly min?: number;
  readonly max?: number;
  /** What is counted. */
  readonly unit: string;
}

export function integer(description: string, options: FieldOptions<number> & WholeRange) {
  return wholeNumber(options)
    .default(options.default)
    .register(FIELDS, meta("integer", description, { ...toldOf(options), ...rangeOf(options) }));
}

/** Whole number; undefined when the key is absent. */
export function optionalInteger(
  description: string,
  options: OptionalFieldOptions<number> & WholeRange,
) {
  return wholeNumber(options)
    .optional()
    .register(FIELDS, meta("integer", description, { ...toldOf(options), ...rangeOf(options) }));
}

function wholeNumber(bounds: Omit<WholeRange, "unit">) {
  return z.unknown().transform((value, context): number => {
    const whole = toInteger(value);
    if (whole === undefined) {
      context.addIssue(`expected a whole number, got ${display(value)}`);
      return z.NEVER;
    }
    checkRange(whole, bounds, (bound) => String(bound), context);
    return whole;
  });
}

/** A number from 0 to 1. */
export function share(description: string, options: FieldOptions<number>) {
  const range = { min: 0, max: 1, unit: "share" };
  return z
    .unknown()
    .transform((value, context): number => {
      const number = toNumber(value);
      if (number === undefined) {
        context.addIssue(`expected a number from 0 to 1, got ${display(value)}`);
        return z.NEVER;
      }
      checkRange(number, range, (bound) => String(bound), context);
      return number;
    })
    .default(options.default)
    .register(FIELDS, meta("number", description, { ...toldOf(options), ...rangeOf(range) }));
}

/** A number of threads, or `auto` for as many as the machine runs at a time. */
export function threadCount(
  description: string,
  options: FieldOptions<number | "auto"> & { readonly max: number },
) {
  const range = { min: 1, max: options.max, unit: "threads" };
  return z
    .unknown()
    .transform((value, context): number | "auto" => {
      if (value === "auto") return value;
      const whole = toInteger(value);
      if (whole === undefined) {
        context.addIssue(`expected a whole number or auto, got ${display(value)}`);
        return z.NEVER;
      }
      checkRange(whole, range, (bound) => String(bound), context);
      return whole;
    })
    .default(options.default)
    .register(
      FIELDS,
      meta("text", description, { ...toldOf(options), unit: "threads, or `auto`" }),
    );
}

interface DurationRange {
  readonly min?: string;
  readonly max?: string;
}

/** Milliseconds. */
export function duration(description: string, options: FieldOptions<string> & DurationRange) {
  return durationText(options)
    .default(parseDuration(options.default) ?? 0)
    .register(
      FIELDS,
      meta("duration", description, {
        ...toldOf(options),
        ...rangeOf({ ...options, unit: DURATION_UNIT }),
        example: options.example ?? (options.default === "0" ? "30s" : options.default),
      }),
    );
}

/** Milliseconds; undefined when the key is absent. */
export function optionalDuration(
  description: string,
  options: OptionalFieldOptions<string> & DurationRange = {},
) {
  return durationText(options)
    .optional()
    .register(
      FIELDS,
      meta("duration", description, {
        ...toldOf(options),
        ...rangeOf({ ...options, unit: DURATION_UNIT }),
      }),
    );
}

function durationText({ min, max }: DurationRange) {
  return z.unknown().transform((value, context): number => {
    const parsed = toDuration(value);
    if (parsed === undefined) {
      const number = /^\d+(?:\.\d+)?$/.exec(toText(value) ?? "")?.[0];
      const hint = number === undefined ? "" : `; did you mean "${number}s"?`;
      context.addIssue(
        `${display(value)} is not a duration; write a number with ns, us, ms, s, m or h, such as 30s or 1h30m${hint}`,
      );
      return z.NEVER;
    }
    const bounds = {
      ...(min !== undefined && { min: parseDuration(min) ?? 0 }),
      ...(max !== undefined && { max: parseDuration(max) ?? 0 }),
    };
    const written = (bound: number): string => (bound === bounds.max ? (max ?? "") : (min ?? ""));
    checkRange(parsed, bounds, written, context);
    return parsed;
  });
}

/** Bytes: a number, or text with a unit. */
export function bytes(
  description: string,
  options: Omit<FieldOptions<number>, "example"> & { readonly example?: string },
) {
  return z
    .unknown()
    .transform((value, context): number => {
      const parsed = toBytes(value);
      if (parsed !== undefined) return parsed;
      context.addIssue(
        `${display(value)} is not a size; write bytes, or a number with KB, MB or GB`,
      );
      return z.NEVER;
    })
    .default(options.default)
    .register(
      FIELDS,
      meta("bytes", description, {
        ...toldOf(options),
        unit: BYTES_UNIT,
        example: options.example ?? "16MB",
      }),
    );
}

export function boolean(description: string, options: FieldOptions<boolean>) {
  return z
    .unknown()
    .transform((value, context): boolean => {
      const parsed = toBoolean(value);
      if (parsed !== undefined) return parsed;
      context.addIssue(`${display(value)} is not true or false`);
      return z.NEVER;
    })
    .default(options.default)
    .register(
      FIELDS,
      meta("boolean", description, {
        ...toldOf(options),
        example: options.example ?? !options.default,
      }),
    );
}

/** A list of scalars as text. A single value is not taken for a list of one. */
const listOfText = z
  .unknown()
  .transform((value, context): readonly unknown[] => {
    if (Array.isArray(value)) return value;
    const hint = toText(value) === undefined ? "" : `; write [${display(value)}]`;
    context.addIssue(`expected a list, got ${display(value)}${hint}`);
    return z.NEVER;
  })
  .pipe(z.array(scalarText).readonly());

export function textList(description: string, options: FieldOptions<readonly string[]>) {
  return listOfText
    .default(options.default)
    .register(FIELDS, meta("list", description, toldOf(options)));
}

/** A list of text; undefined when the key is absent. */
export function optionalTextList(description: string) {
  return listOfText.optional().register(FIELDS, meta("list", description));
}

/** Keys with a text each; undefined when the key is absent. */
export function optionalTextMap(description: string) {
  return z.record(z.string(), scalarText).optional().register(FIELDS, meta("map", description));
}

/** Keys with a list each; undefined when the key is absent. */
export function optionalListMap(description: string) {
  return z
    .record(z.string(), listOfText)
    .optional()
    .register(FIELDS, meta("map of lists", description));
}

export function textMap(
  description: string,
  options: OptionalFieldOptions<Readonly<Record<string, string>>>,
) {
  return z
    .record(z.string(), scalarText)
    .default({})
    .register(FIELDS, meta("map", description, { ...options, default: {} }));
}

export function listMap(
  description: string,
  options: OptionalFieldOptions<Readonly<Record<string, readonly string[]>>>,
) {
  return z
    .record(z.string(), listOfText)
    .default({})
    .register(FIELDS, meta("map of lists", description, { ...options, default: {} }));
}

function checkRange(
  value: number,
  { min, max }: Omit<WholeRange, "unit">,
  format: (bound: number) => string,
  context: { addIssue(message: string): void },
): void {
  if (min !== undefined && value < min) context.addIssue(`must be at least ${format(min)}`);
  if (max !== undefined && value > max) context.addIssue(`must be at most ${format(max)}`);
}
