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

/**
 * What a file says, made ready for the schema: unknown keys are taken out and
 * reported; a key set to nothing keeps its default, a list set to nothing is empty.
 */
export function clean(
  schema: z.core.$ZodType,
  value: unknown,
  report: (unknown: UnknownKey) => void,
  path: KeyPath = [],
): unknown {
  const inner = unwrap(schema);
  if (value === null) return isList(schema) ? [] : undefined;
  if (inner instanceof z.ZodObject && isRecord(value)) {
    const known = Object.keys(inner.shape);
    const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
      const field: unknown = inner.shape[key];
      if (!(field instanceof z.ZodType)) {
        report({ path: [...path, key], meant: suggest(key, known) });
        return [];
      }
      const cleaned = clean(field, item, report, [...path, key]);
      return cleaned === undefined ? [] : [[key, cleaned]];
    });
    return Object.fromEntries(entries);
  }
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item, index) => clean(inner.element, item, report, [...path, index]) ?? {});
  }
  return value;
}

function isList(schema: z.core.$ZodType): boolean {
  return unwrap(schema) instanceof z.ZodArray || fieldMeta(schema)?.kind === "list";
}
