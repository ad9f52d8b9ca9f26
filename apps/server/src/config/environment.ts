import { z } from "zod";

import type { ConfigProblem } from "./problem.ts";
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
 * none; one that cannot be read as the key's kind warns and changes nothing.
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
    const value = meta.kind === "list" ? written.split(",").map((item) => item.trim()) : written;
    const fault = readFault(schema, value);
    if (fault === undefined) overrides.push({ variable, path, value });
    else {
      const message = `${fault}; the variable is ignored`;
      problems.push({
        severity: "warning",
        file: undefined,
        line: undefined,
        column: undefined,
        key: variable,
        message,
      });
    }
  }
  return { overrides, problems };
}

/** Why a value cannot be read at all. One that is read but out of range is left to validation. */
function readFault(schema: z.core.$ZodType, value: unknown): string | undefined {
  const result = z.safeParse(schema, value);
  const issue = result.success ? undefined : result.error.issues[0]?.message;
  return issue?.startsWith("must be") === true ? undefined : issue;
}

/** Puts a value at a path, making the groups on the way. The input is not changed. */
export function withValue(
  root: Readonly<Record<string, unknown>>,
  [head, ...rest]: KeyPath,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const key = String(head);
  if (rest.length === 0) return { ...root, [key]: value };
  const below = root[key];
  return { ...root, [key]: withValue(isRecord(below) ? below : {}, rest, value) };
}
