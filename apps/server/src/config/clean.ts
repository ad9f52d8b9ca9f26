import { z } from "zod";

import { fieldMeta, unwrap } from "./shape.ts";
import { suggest } from "./suggest.ts";
import { isRecord, type KeyPath } from "./yaml-source.ts";

/** A key that no setting has. */
export interface UnknownKey {
  readonly path: KeyPath;
  /** The key that was probably meant. */
  readonly meant: string | undefined;
}

export interface CleanOptions {
  readonly report: (unknown: UnknownKey) => void;
  /** A scalar as the file has it: `007`, where its value is 7. */
  readonly written?: (path: KeyPath) => string | undefined;
}

/**
 * What a file says, made ready for the schema: unknown keys are taken out and
 * reported; a key set to nothing keeps its default, a list set to nothing is
 * empty; a number where text is expected becomes the text that was written.
 */
export function clean(
  schema: z.core.$ZodType,
  value: unknown,
  options: CleanOptions,
  path: KeyPath = [],
): unknown {
  if (value === null) return isList(schema) ? [] : undefined;
  const kind = fieldMeta(schema)?.kind;
  if (kind === "text" || kind === "list" || kind === "map" || kind === "map of lists")
    return asWritten(value, options, path);

  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject && isRecord(value)) {
    const known = Object.keys(inner.shape);
    const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
      const field: unknown = inner.shape[key];
      if (!(field instanceof z.ZodType)) {
        options.report({ path: [...path, key], meant: suggest(key, known) });
        return [];
      }
      const cleaned = clean(field, item, options, [...path, key]);
      return cleaned === undefined ? [] : [[key, cleaned]];
    });
    return Object.fromEntries(entries);
  }
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item, index) => clean(inner.element, item, options, [...path, index]) ?? {});
  }
  return value;
}

function isList(schema: z.core.$ZodType): boolean {
  return unwrap(schema) instanceof z.ZodArray || fieldMeta(schema)?.kind === "list";
}

/** Numbers and booleans as their text; the two levels that maps of lists have. */
function asWritten(value: unknown, options: CleanOptions, path: KeyPath, depth = 0): unknown {
  if (typeof value === "number" || typeof value === "boolean")
    return options.written?.(path) ?? String(value);
  if (depth === 2) return value;
  if (Array.isArray(value))
    return value.map((item, index) => asWritten(item, options, [...path, index], depth + 1));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    asWritten(item, options, [...path, key], depth + 1),
  ]);
  return Object.fromEntries(entries);
}
