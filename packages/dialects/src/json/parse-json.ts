import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { isNestedDeeper } from "./json-depth.ts";
import { isJsonObject, toRawNumber } from "./json-value.ts";

/**
 * Most levels of objects and lists inside each other. Readers and writers follow
 * them by recursion, which a stack bounds; real schemas have some ten.
 */
export const MAX_LEVELS: number = 500;

/** Digits a double holds for sure; longer numbers may lose some. */
const LONG_NUMBER = /\d{16}/;

/** Third argument of a reviver, as in the JSON.parse source text access proposal (in Node since 21). */
interface ReviverContext {
  readonly source?: string;
}

/**
 * Parses JSON so that writing it again gives the same numbers: those with more
 * digits than a double holds are kept as their text.
 *
 * @throws ProxyError `invalid_request` when the text is no JSON, or nested deeper
 *   than 500 levels
 */
export function parseJson(text: string): JsonValue {
  if (isNestedDeeper(text, MAX_LEVELS)) {
    throw new ProxyError(
      "invalid_request",
      `The body is nested too deeply: ${MAX_LEVELS} levels are allowed.`,
    );
  }
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return LONG_NUMBER.test(text) ? parseExactly(text) : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw new ProxyError("invalid_request", "The body is not valid JSON.", { cause });
  }
}

function parseExactly(text: string): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
  return JSON.parse(text, (_key: string, value: unknown, ...rest: unknown[]) => {
    const { source } = (rest[0] ?? {}) as ReviverContext;
    if (typeof value !== "number" || source === undefined || String(value) === source) return value;
    return toRawNumber(source);
  }) as JsonValue;
}

/**
 * Parses JSON that should be an object; undefined when it is not, or nested deeper
 * than 500 levels. Never throws.
 */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
