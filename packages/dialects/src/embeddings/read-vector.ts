import { ProxyError } from "@olla-ts/core";

import type { JsonValue } from "../conversation.ts";
import { isArray, isJsonObject, toNumber } from "../json/json-value.ts";
import { parseBase64Vector } from "./base64-vector.ts";

/** The error of an answer that holds no embeddings. */
export function notEmbeddings(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend's answer holds no embeddings.");
}

/**
 * A vector as a list of numbers or as base64, whatever was asked for.
 *
 * @throws ProxyError `upstream_protocol`
 */
export function readVector(value: JsonValue | undefined): readonly number[] {
  const vector = isArray(value) ? readNumbers(value) : parseText(value);
  if (vector === undefined) throw notEmbeddings();
  return vector;
}

/** The numbers of a list; undefined when anything else is in it. */
export function readNumbers(list: readonly JsonValue[]): readonly number[] | undefined {
  const numbers = list.map(toNumber);
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

function parseText(value: JsonValue | undefined): readonly number[] | undefined {
  return typeof value === "string" ? parseBase64Vector(value) : undefined;
}

/**
 * The text of `model`; empty when the answer names none.
 *
 * @throws ProxyError `upstream_protocol` when the answer is no object
 */
export function readModel(body: JsonValue): string {
  if (!isJsonObject(body)) throw notEmbeddings();
  const { model } = body;
  return typeof model === "string" ? model : "";
}
