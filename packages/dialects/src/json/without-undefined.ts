import type { JsonObject, JsonValue } from "../conversation.ts";

/** The object without its undefined fields, in the same order. */
export function withoutUndefined(
  fields: Readonly<Record<string, JsonValue | undefined>>,
): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
