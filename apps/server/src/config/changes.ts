import { isDeepStrictEqual } from "node:util";

import { formatKey, isRecord, type KeyPath } from "./yaml-source.ts";

/** One key whose value differs between two configurations. */
export interface ConfigChange {
  readonly path: KeyPath;
  /** As in the file, `proxy.load_balancer`. */
  readonly key: string;
  /** Undefined where there was or is none. */
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Keys with other values, in the order of the file. Lists are compared as a whole,
 * but lists of things with names by name: `discovery.static.endpoints.gpu-a`.
 */
export function configChanges(
  before: unknown,
  after: unknown,
  path: KeyPath = [],
): readonly ConfigChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const former = byKey(before);
  const next = byKey(after);
  if (former === undefined || next === undefined) {
    return [{ path, key: formatKey(path), before, after }];
  }
  const keys = new Set([...former.keys(), ...next.keys()]);
  return [...keys].flatMap((key) => configChanges(former.get(key), next.get(key), [...path, key]));
}

/** What a value consists of; undefined for one that is taken as a whole. */
function byKey(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (isRecord(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const named = new Map<string, unknown>();
  for (const item of value) {
    if (!isRecord(item) || typeof item["name"] !== "string") return undefined;
    named.set(item["name"], item);
  }
  return named.size === value.length ? named : undefined;
}

/** Parts of a configuration whose values may be secrets. */
const SECRET_PARTS: ReadonlySet<string> = new Set([
  "auth",
  "headers",
  "url",
  "query",
  "endpoint",
  "token",
]);

/** One line for people: `proxy.load_balancer: "priority" → "round-robin"`. Values that may be secrets stay out. */
export function formatChange({ path, key, before, after }: ConfigChange): string {
  if (before === undefined) return `${key}: added`;
  if (after === undefined) return `${key}: removed`;
  const isOpen = !path.some((part) => typeof part === "string" && SECRET_PARTS.has(part));
  if (!isOpen || isRecord(before) || isRecord(after)) return `${key}: changed`;
  return `${key}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
}
