import { z } from "zod";

import type { FieldMeta } from "./field-meta.ts";
import { configSchema } from "./schema.ts";
import { fieldMeta, unwrap } from "./shape.ts";

/** One key of the file as documents tell of it. */
export interface DocumentedKey {
  /** `discovery.static.endpoints[].url`. */
  readonly key: string;
  readonly meta: FieldMeta;
}

/** Every key, also those of list entries, in the order of the schema. */
export function documentedKeys(
  schema: z.core.$ZodType = configSchema,
  prefix = "",
): readonly DocumentedKey[] {
  const meta = fieldMeta(schema);
  if (meta !== undefined) return [{ key: prefix, meta }];
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return documentedKeys(inner.element, `${prefix}[]`);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([name, value]) =>
    value instanceof z.ZodType
      ? documentedKeys(value, prefix === "" ? name : `${prefix}.${name}`)
      : [],
  );
}

/** The one key, or group of keys, of this name anywhere in the file; undefined when none or several have it. */
export function keyNamed(name: string): string | undefined {
  const found = new Set(
    documentedKeys().flatMap(({ key }) => {
      const parts = key.split(".");
      const at = parts.findLastIndex((part) => part === name);
      return at === -1 ? [] : [parts.slice(0, at + 1).join(".")];
    }),
  );
  const [only] = found;
  return found.size === 1 ? only : undefined;
}
