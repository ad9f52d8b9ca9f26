import { STATUS_CODES } from "node:http";

import type { JsonValue } from "../conversation.ts";
import { isArray, isJsonObject } from "../json/json-value.ts";
import { textIn } from "../json/lenient.ts";
import { parseJson } from "../json/parse-json.ts";

/** Longest part of a plain-text error that is shown, in characters. */
export const MAX_PLAIN_TEXT: number = 500;

/** Levels of `error` inside `error` that are followed; real bodies have two. */
const MAX_DEPTH = 4;

const MARKUP = /^<(?:!doctype|html|head|body|\?xml)/i;

/**
 * What a backend says went wrong, from an error body of any known shape:
 * `{"error":{"message":"m"}}`, `{"error":"m"}`, `{"message":"m"}`,
 * `{"detail":"m"}`, `{"detail":[{"loc":["body","n"],"msg":"m"}]}`, plain text.
 * A body that says nothing readable (empty, HTML, other JSON) gives the name of
 * the status. Never throws.
 *
 * @param contentType value of the answer's `content-type`, if it has one
 */
export function backendErrorMessage(
  status: number,
  bodyText: string,
  contentType: string | undefined,
): string {
  const text = bodyText.trim();
  if (text === "" || contentType?.includes("html") === true || MARKUP.test(text)) {
    return nameOf(status);
  }
  if (text.startsWith("{") || text.startsWith("[") || text.startsWith('"')) {
    const value = parseQuietly(text);
    if (value !== undefined) return errorText(value) ?? nameOf(status);
  }
  return firstCharacters(text);
}

/** The message inside an error value of any known shape; undefined when it has none. */
export function errorText(value: JsonValue | undefined, depth = 0): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  if (value === undefined || depth > MAX_DEPTH) return undefined;
  if (isArray(value)) {
    const texts = value
      .map((item) => errorText(item, depth + 1))
      .filter((one) => one !== undefined);
    return texts.length === 0 ? undefined : texts.join("; ");
  }
  if (!isJsonObject(value)) return undefined;
  return (
    errorText(value["error"], depth + 1) ??
    errorText(value["message"], depth + 1) ??
    errorText(value["detail"], depth + 1) ??
    validationText(textIn(value, "msg"), value["loc"])
  );
}

/** One entry of FastAPI's list: `body.max_tokens: Input should be a valid integer`. */
function validationText(
  message: string | undefined,
  place: JsonValue | undefined,
): string | undefined {
  if (message === undefined || !isArray(place)) return message;
  const path = place.filter((step) => typeof step === "string" || typeof step === "number");
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}

function nameOf(status: number): string {
  const name = STATUS_CODES[status];
  return name === undefined
    ? `The backend answered with status ${status}.`
    : `The backend answered ${status} ${name}.`;
}

function firstCharacters(text: string): string {
  // A cut inside a surrogate pair would leave half a character.
  return text.slice(0, MAX_PLAIN_TEXT).replace(/[\uD800-\uDBFF]$/, "");
}

function parseQuietly(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
