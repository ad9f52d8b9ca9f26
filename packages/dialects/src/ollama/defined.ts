import type { JsonObject, JsonValue } from "../conversation.ts";

/** The object without the fields that are undefined. */
export function defined(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
