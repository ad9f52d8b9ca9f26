import type { z } from "zod";

import { kindOf } from "./read-value.ts";
import { configSchema, type ConfigFile } from "./schema.ts";
import { isRecord, type KeyPath } from "./yaml-source.ts";

/** A value that its key does not allow. */
export interface Fault {
  readonly path: KeyPath;
  readonly message: string;
}

/**
 * Reads values by the schema. Where one is not allowed, its key's default takes
 * its place, so that the rest can be checked too and all faults are told at once.
 */
export function readFaulty(values: Readonly<Record<string, unknown>>): {
  /** Undefined when not even the defaults help. */
  readonly config: ConfigFile | undefined;
  readonly faults: readonly Fault[];
} {
  const first = configSchema.safeParse(values, { error: groupMessage });
  if (first.success) return { config: first.data, faults: [] };
  const { issues } = first.error;
  const mended = issues.reduce<unknown>(
    (value, issue) => without(value, issue.path, issue),
    values,
  );
  const second = configSchema.safeParse(mended);
  const faults = issues.map(({ path, message }) => ({ path: path.map(toKey), message }));
  return { config: second.success ? second.data : undefined, faults };
}

const GROUPS: ReadonlyMap<string, string> = new Map([
  ["object", "keys with values"],
  ["record", "keys with values"],
  ["array", "a list"],
]);

/** What a group that is none is told. */
export function groupMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  return `expected ${GROUPS.get(issue.expected) ?? issue.expected}, got ${kindOf(issue.input)}`;
}

function toKey(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

/** The value without what lies at the path. List items are emptied: the others keep their places. */
function without(
  value: unknown,
  [head, ...rest]: readonly PropertyKey[],
  issue: z.core.$ZodIssue,
): unknown {
  if (head === undefined) return issue.code === "invalid_type" ? {} : "";
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === head ? without(item, rest, issue) : item));
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    if (key !== head) return [[key, item]];
    return rest.length === 0 ? [] : [[key, without(item, rest, issue)]];
  });
  return Object.fromEntries(entries);
}
