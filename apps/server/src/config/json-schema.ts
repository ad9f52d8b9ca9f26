import { z } from "zod";

import type { FieldKind, FieldMeta } from "./field-meta.ts";
import { configSchema, INERT_KEYS } from "./schema.ts";
import { fieldMeta, unwrap } from "./shape.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

const SCALAR = { type: ["string", "number", "boolean"] };
const SCALARS = { type: "array", items: SCALAR };
/** As `parseDuration` takes it. */
const DURATION = {
  anyOf: [
    {
      type: "string",
      pattern: String.raw`^(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$`,
    },
    { const: 0 },
  ],
};
const BYTES = {
  anyOf: [
    { type: "integer" },
    { type: "string", pattern: String.raw`^\d+(\.\d+)?\s*([kKmMgGtT][iI]?)?[bB]?$` },
  ],
};

const SHAPES: Readonly<Record<FieldKind, JsonSchema>> = {
  text: SCALAR,
  integer: { type: "integer" },
  number: { type: "number" },
  duration: DURATION,
  bytes: BYTES,
  boolean: { type: "boolean" },
  list: SCALARS,
  map: { type: "object", additionalProperties: SCALAR },
  "map of lists": { type: "object", additionalProperties: SCALARS },
};

/** JSON Schema (2020-12) of the configuration file, for editors. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of olla",
    ...toJson(configSchema, ""),
  };
}

function toJson(schema: z.core.$ZodType, path: string): JsonSchema {
  const meta = fieldMeta(schema);
  if (meta !== undefined) return fieldJson(meta);
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    return { type: ["array", "null"], items: toJson(inner.element, `${path}[]`) };
  }
  if (!(inner instanceof z.ZodObject)) return {};
  const properties = Object.entries(inner.shape).flatMap(([name, value]): [string, JsonSchema][] =>
    value instanceof z.ZodType ? [[name, toJson(value, below(path, name))]] : [],
  );
  return {
    type: ["object", "null"],
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), ...inertBelow(path) },
  };
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** Keys of other versions: an editor strikes them through, rather than calling them wrong. */
function inertBelow(path: string): JsonSchema {
  const found = [...INERT_KEYS].flatMap(([key, reason]): [string, JsonSchema][] => {
    const name = key.slice(key.lastIndexOf(".") + 1);
    if (below(path, name) !== key) return [];
    return [[name, { deprecated: true, description: `Has no effect: ${reason}.` }]];
  });
  return Object.fromEntries(found);
}

function fieldJson(meta: FieldMeta): JsonSchema {
  const { kind, description, unit, words, env } = meta;
  const { min, max } = meta;
  return {
    description: unit === undefined ? description : `${description} Unit: ${unit}.`,
    ...SHAPES[kind],
    ...(words !== undefined && { type: "string", enum: words }),
    ...(typeof min === "number" && { minimum: min }),
    ...(typeof max === "number" && { maximum: max }),
    ...(meta.default !== undefined && { default: meta.default }),
    ...(meta.example !== undefined && { examples: [meta.example] }),
    ...(unit !== undefined && { "x-unit": unit }),
    ...(env !== undefined && { "x-env": env }),
  };
}
