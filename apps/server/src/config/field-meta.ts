import { z } from "zod";

/** How a value is written, in the file and in the environment. */
export type FieldKind =
  | "text"
  | "integer"
  | "number"
  | "duration"
  | "bytes"
  | "boolean"
  | "list"
  | "map"
  | "map of lists";

/** A value as it is written in a file. */
export type WrittenValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string | readonly string[]>>;

/** What a key carries beside its type. */
export interface FieldMeta {
  readonly kind: FieldKind;
  /** One sentence for the reference page. */
  readonly description: string;
  /** Environment variable that overrides the key. */
  readonly env?: string;
  /** What its number counts: `seconds`, `requests per minute`. */
  readonly unit?: string;
  /** Absent when the key has none. */
  readonly default?: WrittenValue;
  readonly example?: WrittenValue;
  /** The only values that are allowed. */
  readonly words?: readonly string[];
  readonly min?: number | string;
  readonly max?: number | string;
}

export interface FieldOptions<T> {
  readonly default: T;
  readonly env?: string;
  /** Default: the default value. */
  readonly example?: T;
}

/** Of a key without a default. */
export interface OptionalFieldOptions<T> {
  readonly example?: T;
}

/** Every key that has a value of its own, with what is told about it. */
export const FIELDS = z.registry<FieldMeta>();

export type Told = Omit<FieldMeta, "kind" | "description">;

/** What is told about a key; the example is the default unless one is given. */
export function meta(kind: FieldKind, description: string, told: Told = {}): FieldMeta {
  const { env, unit, words, min, max } = told;
  const example = told.example ?? (isBlank(told.default) ? undefined : told.default);
  return {
    kind,
    description,
    ...(env !== undefined && { env }),
    ...(unit !== undefined && { unit }),
    ...(told.default !== undefined && { default: told.default }),
    ...(example !== undefined && { example }),
    ...(words !== undefined && { words }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

function isBlank(value: WrittenValue | undefined): boolean {
  return value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}

/** What of a field's options its metadata repeats. */
export function toldOf({
  env,
  default: value,
  example,
}: Partial<FieldOptions<WrittenValue>>): Told {
  return {
    ...(env !== undefined && { env }),
    ...(value !== undefined && { default: value }),
    ...(example !== undefined && { example }),
  };
}

/** Bounds and unit of a number. */
export function rangeOf({ min, max, unit }: Pick<FieldMeta, "min" | "max" | "unit">): Told {
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(unit !== undefined && { unit }),
  };
}
