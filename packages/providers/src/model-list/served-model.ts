import type { Model } from "@olla-ts/core";

import { isRecord, type JsonRecord, positiveAt, textAt } from "../json-record.ts";
import { knownFields } from "./known-fields.ts";

/**
 * The one model of a server that describes itself instead of listing models, as the
 * `/info` of Text Embeddings Inference and Text Generation Inference do; undefined
 * for any other object:
 *
 * `{"model_id":"acme/pine-embed","model_type":{"embedding":{"pooling":"cls"}},"max_input_length":512}`
 */
export function toServedModel(info: JsonRecord): Model | undefined {
  const name = textAt(info, "model_id");
  if (name === undefined) return undefined;
  const { model_type: kind } = info;
  return knownFields({
    name,
    type: isRecord(kind) && "embedding" in kind ? "embeddings" : undefined,
    maxContextLength: positiveAt(info, "max_total_tokens") ?? positiveAt(info, "max_input_length"),
    state: "loaded",
  });
}
