import type { JsonObject, JsonValue } from "../conversation.ts";

/** A number whose text `parseJson` kept. */
interface RawNumber {
  readonly rawJSON: string;
}

/** From the JSON.parse source text access proposal (in Node since 21). */
interface RawJsonSupport {
  readonly isRawJSON: (value: unknown) => value is RawNumber;
  readonly rawJSON: (text: string) => number;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- not in TypeScript's library yet
const { isRawJSON, rawJSON } = JSON as unknown as RawJsonSupport;

/** A number that is written as this text, for those whose digits a double cannot hold. */
export function toRawNumber(text: string): number {
  return rawJSON(text);
}

/** Whether a value is a JSON object; a number kept as its text is none. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawJSON(value);
}

/** `Array.isArray` for the read-only lists of JSON values. */
export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The number, also of one kept as its text; undefined for anything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return isRawJSON(value) ? Number(value.rawJSON) : undefined;
}

/** A whole number of at least 0 that a double holds exactly; what is none, as 1.5 tokens, is as good as absent. */
export function toCount(value: unknown): number | undefined {
  const number = toNumber(value);
  return number !== undefined && number >= 0 && Number.isSafeInteger(number) ? number : undefined;
}
