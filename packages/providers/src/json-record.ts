/** An object as JSON or YAML gives it: nothing about its values is known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether the value is an object with keys: not null and not an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A non-empty string, or undefined for anything else. */
export function textAt(record: JsonRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A finite number above zero, or undefined: backends write 0 for what they do not know. */
export function positiveAt(record: JsonRecord, key: string): number | undefined {
  const value = record[key];
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** The strings of a list, empty when there is none. */
export function textsAt(record: JsonRecord, key: string): readonly string[] {
  return listAt(record, key).filter(
    (item): item is string => typeof item === "string" && item !== "",
  );
}

/** The object under a key, empty when there is none. */
export function recordAt(record: JsonRecord, key: string): JsonRecord {
  const value = record[key];
  return isRecord(value) ? value : {};
}

/** The objects of a list, empty when there is none. */
export function recordsAt(record: JsonRecord, key: string): readonly JsonRecord[] {
  return listAt(record, key).filter((item) => isRecord(item));
}

function listAt(record: JsonRecord, key: string): readonly unknown[] {
  const value: unknown = record[key];
  return Array.isArray(value) ? value : [];
}
