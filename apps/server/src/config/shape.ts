import { z } from "zod";

import { FIELDS, type FieldMeta } from "./field-meta.ts";
import type { KeyPath } from "./yaml-source.ts";

/** The schema itself, without default, optional and the like around it. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  )
    return unwrap(schema.def.innerType);
  return schema;
}

/** What is told about a key; undefined for a group of keys. */
export function fieldMeta(schema: z.core.$ZodType): FieldMeta | undefined {
  return FIELDS.get(schema);
}

/** Every key that has a value of its own, with its path. List entries are not visited. */
export function* fieldsOf(
  schema: z.core.$ZodType,
  path: KeyPath = [],
): Generator<{
  readonly path: KeyPath;
  readonly meta: FieldMeta;
  readonly schema: z.core.$ZodType;
}> {
  const meta = fieldMeta(schema);
  if (meta !== undefined) {
    yield { path, meta, schema };
    return;
  }
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return;
  for (const [key, value] of Object.entries(inner.shape)) yield* fieldsOf(value, [...path, key]);
}
