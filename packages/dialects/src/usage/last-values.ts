import type { JsonObject, JsonValue } from "../conversation.ts";
import { JsonDepth } from "../json/json-depth.ts";

/** Occurrences of one name that are looked at, from the end; a model may write it any number of times. */
const MAX_TRIES = 16;

const SCALAR = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|"(?:[^"\\]|\\.)*"/y;

/**
 * The last value that the end of an answer has for each name, in whatever object of
 * it. Names within its texts do not count, since their quotes are escaped there; nor
 * does null.
 */
export function lastValues(text: string, names: readonly string[]): JsonObject {
  const found = new Map<string, JsonValue>();
  for (const name of names) {
    const value = lastValue(text, JSON.stringify(name));
    if (value !== undefined) found.set(name, value);
  }
  return Object.fromEntries(found);
}

function lastValue(text: string, key: string): JsonValue | undefined {
  let tries = MAX_TRIES;
  for (let at = text.lastIndexOf(key); at > 0; at = text.lastIndexOf(key, at - 1)) {
    tries -= 1;
    if (tries < 0) return undefined;
    if (text[at - 1] === "\\") continue;
    const value = valueAt(text, at + key.length);
    if (value !== undefined) return value;
  }
  return undefined;
}

function valueAt(text: string, from: number): JsonValue | undefined {
  const colon = /\s*:\s*/y;
  colon.lastIndex = from;
  if (!colon.test(text)) return undefined;
  const written = writtenAt(text, colon.lastIndex);
  if (written === undefined) return undefined;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives is JSON
    return JSON.parse(written) as JsonValue;
  } catch {
    return undefined;
  }
}

function writtenAt(text: string, start: number): string | undefined {
  if (text[start] !== "{" && text[start] !== "[") {
    SCALAR.lastIndex = start;
    return SCALAR.exec(text)?.[0];
  }
  const depth = new JsonDepth();
  for (let at = start; at < text.length; at += 1) {
    depth.read(text.charCodeAt(at));
    if (depth.open === 0) return text.slice(start, at + 1);
  }
  return undefined;
}
