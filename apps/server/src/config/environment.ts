import { z } from "zod";

import type { FieldKind } from "./field-meta.ts";
import type { ConfigProblem } from "./problem.ts";
import { toBoolean, toBytes, toDuration, toInteger, toNumber } from "./read-value.ts";
import { configSchema } from "./schema.ts";
import { fieldsOf } from "./shape.ts";
import { isRecord, type KeyPath } from "./yaml-source.ts";

/** One key that the environment sets. */
export interface Override {
  readonly variable: string;
  readonly path: KeyPath;
  readonly value: unknown;
}

/**
 * Values that the environment gives to configuration keys. An empty variable is
 * none; one that cannot be read as the key's kind warns and changes nothing. One
 * that can be read is left to validation.
 */
export function readOverrides(env: Readonly<Record<string, string | undefined>>): {
  readonly overrides: readonly Override[];
  readonly problems: readonly ConfigProblem[];
} {
  const overrides: Override[] = [];
  const problems: ConfigProblem[] = [];
  for (const { path, meta, schema } of fieldsOf(configSchema)) {
    const variable = meta.env;
    const written = variable === undefined ? undefined : env[variable];
    if (variable === undefined || written === undefined || written === "") continue;
    if (isReadable(meta.kind, written)) {
      const value = meta.kind === "list" ? toItems(written) : written;
      overrides.push({ variable, path, value });
      continue;
    }
    problems.push({
      severity: "warning",
      file: undefined,
      line: undefined,
      column: undefined,
      key: variable,
      message: `${faultOf(schema, written)}; the variable is ignored`,
    });
  }
  return { overrides, problems };
}

const READERS: Readonly<Partial<Record<FieldKind, (written: string) => unknown>>> = {
  integer: toInteger,
  number: toNumber,
  duration: toDuration,
  bytes: toBytes,
  boolean: toBoolean,
};

function isReadable(kind: FieldKind, written: string): boolean {
  const read = READERS[kind];
  return read === undefined || read(written) !== undefined;
}

function faultOf(schema: z.core.$ZodType, written: string): string {
  return z.safeParse(schema, written).error?.issues[0]?.message ?? "cannot be read";
}

function toItems(written: string): readonly string[] {
  return written
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/**
 * Puts a value at a path, making the groups on the way. The input is not changed;
 * where it holds something else than a group, it stays for validation to report.
 */
export function withValue(
  root: Readonly<Record<string, unknown>>,
  [head, ...rest]: KeyPath,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const key = String(head);
  if (rest.length === 0) return { ...root, [key]: value };
  const below = root[key] ?? {};
  return isRecord(below) ? { ...root, [key]: withValue(below, rest, value) } : root;
}
