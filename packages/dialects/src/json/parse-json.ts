import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";

/** Digits a double holds for sure; longer numbers may lose some. */
const LONG_NUMBER = /\d{16}/;

/** Third argument of a reviver, as in the JSON.parse source text access proposal (in Node since 21). */
interface ReviverContext {
  readonly source?: string;
}

interface RawJsonSupport {
  readonly rawJSON: (text: string) => number;
}

/**
 * Parses JSON so that writing it again gives the same numbers: those with more
 * digits than a double holds are kept as their text.
 *
 * @throws ProxyError `invalid_request` when the text is no JSON
 */
export function parseJson(text: string): JsonValue {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return LONG_NUMBER.test(text) ? parseExactly(text) : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw new ProxyError("invalid_request", "The body is not valid JSON.", { cause });
  }
}

function parseExactly(text: string): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- not in TypeScript's library yet
  const { rawJSON } = JSON as unknown as RawJsonSupport;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
  return JSON.parse(text, (_key: string, value: unknown, ...rest: unknown[]) => {
    const { source } = (rest[0] ?? {}) as ReviverContext;
    if (typeof value !== "number" || source === undefined || String(value) === source) return value;
    return rawJSON(source);
  }) as JsonValue;
}

/** Parses JSON that should be an object; undefined when it is not. Never throws. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
