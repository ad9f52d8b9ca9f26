import type { Model } from "@olla-ts/core";

import { type JsonRecord, positiveAt, textAt } from "../json-record.ts";
import { knownFields, type ModelFields } from "./known-fields.ts";

/** What a server of the OpenAI family adds to the common shape. */
export interface OpenAIEntryOptions {
  /** The server's own name, which it writes as owner of every model; nobody's publisher. */
  readonly ownName?: string;
  /** File format of everything it serves. */
  readonly format?: string;
}

/**
 * Reads one entry of `GET /v1/models`; undefined when it has no id:
 *
 * `{"id":"acme/pine-7b","object":"model","created":1767000000,"owned_by":"vllm",
 * "root":"acme/pine-7b","parent":null,"max_model_len":32768}`
 */
export function toOpenAIModel(
  entry: JsonRecord,
  options: OpenAIEntryOptions = {},
): Model | undefined {
  const fields = openAIFields(entry, options);
  return fields === undefined ? undefined : knownFields(fields);
}

/** The common fields, for formats that add to them. */
export function openAIFields(
  entry: JsonRecord,
  { ownName, format }: OpenAIEntryOptions,
): ModelFields | undefined {
  const name = textAt(entry, "id");
  if (name === undefined) return undefined;
  const owner = textAt(entry, "owned_by");
  const root = textAt(entry, "root");
  return {
    name,
    createdAt: positiveAt(entry, "created"),
    publisher: owner === ownName ? undefined : owner,
    parentModel: textAt(entry, "parent"),
    maxContextLength: positiveAt(entry, "max_model_len"),
    format,
    native: root === undefined || root === name ? undefined : { root },
  };
}
