import type { Model } from "@olla-ts/core";

import { type JsonRecord, positiveAt, recordAt, textAt, textsAt } from "../json-record.ts";
import { knownFields } from "./known-fields.ts";
import { openAIFields } from "./openai-entry.ts";

/**
 * One entry of llama.cpp's `GET /v1/models`; `meta` is null until the model is loaded, and
 * `status` is there in router mode alone:
 *
 * `{"id":"pine-7b-q4.gguf","owned_by":"llamacpp","status":{"value":"loaded"},
 * "meta":{"n_ctx_train":32768,"n_params":7200000000,"size":4400000000}}`
 */
export function toLlamaCppModel(entry: JsonRecord): Model | undefined {
  const fields = openAIFields(entry, { ownName: "llamacpp", format: "gguf" });
  if (fields === undefined) return undefined;
  const meta = recordAt(entry, "meta");
  const seesImages = textsAt(recordAt(entry, "architecture"), "input_modalities").includes("image");
  return knownFields({
    ...fields,
    maxContextLength: positiveAt(meta, "n_ctx_train") ?? fields.maxContextLength,
    parameterCount: positiveAt(meta, "n_params"),
    sizeBytes: positiveAt(meta, "size"),
    state: textAt(recordAt(entry, "status"), "value"),
    type: seesImages ? "vlm" : undefined,
    capabilities: seesImages ? ["vision"] : undefined,
  });
}
