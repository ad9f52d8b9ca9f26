import { isRecord, type JsonRecord } from "../json-record.ts";

/**
 * A profile on top of another: maps merge key by key, everything else replaces.
 * A key without a value leaves what is below as it is.
 */
export function mergeProfile(below: JsonRecord, above: JsonRecord): JsonRecord {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null || value === undefined) continue;
    const under = merged[key];
    merged[key] = isRecord(under) && isRecord(value) ? mergeProfile(under, value) : value;
  }
  return merged;
}

/** What makes a profile the one it is. */
const IDENTITY: ReadonlySet<string> = new Set([
  "name",
  "display_name",
  "description",
  "home",
  "aliases",
  "routing",
]);

/** What a profile hands down to those that extend it. */
export function withoutIdentity(profile: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(profile).filter(([key]) => !IDENTITY.has(key)));
}
