import type { Model } from "@olla-ts/core";

/** A model whose unknown fields are written as undefined. */
export type ModelFields = { readonly [Key in keyof Model]: Model[Key] | undefined } & {
  readonly name: string;
};

/** The model without its unknown fields; empty lists and maps count as unknown. */
export function knownFields(fields: ModelFields): Model {
  const known: Model = { name: fields.name };
  return Object.assign(known, Object.fromEntries(Object.entries(fields).filter(isKnown)));
}

function isKnown([, value]: readonly [string, unknown]): boolean {
  if (value === undefined) return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
