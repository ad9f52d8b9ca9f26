import { ProxyError } from "@olla-ts/core";

import { isRecord, type JsonRecord } from "../json-record.ts";

/**
 * The object that a model-list reply holds.
 *
 * @param body text, bytes in UTF-8, or a value that is parsed already
 * @returns undefined for an empty body, which lists nothing
 * @throws ProxyError `upstream_protocol` when it is not JSON or not an object
 */
export function readModelList(body: unknown): JsonRecord | undefined {
  const value = typeof body === "string" || body instanceof Uint8Array ? parseText(body) : body;
  if (value === EMPTY) return undefined;
  if (isRecord(value)) return value;
  throw new ProxyError("upstream_protocol", "The backend's model list is not a JSON object.");
}

const EMPTY = Symbol("empty body");

function parseText(body: string | Uint8Array): unknown {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  if (text.trim() === "") return EMPTY;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ProxyError("upstream_protocol", "The backend's model list is not JSON.", { cause });
  }
}
