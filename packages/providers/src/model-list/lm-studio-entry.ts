import type { Model } from "@olla-ts/core";

import { isRecord, type JsonRecord, positiveAt, recordAt, textAt } from "../json-record.ts";
import { knownFields } from "./known-fields.ts";

/**
 * One entry of LM Studio's `GET /api/v0/models`, or undefined when it has no id:
 *
 * `{"id":"pine-7b","type":"llm","publisher":"acme","arch":"llama","compatibility_type":"gguf",
 * "quantization":"Q4_K_M","state":"loaded","max_context_length":32768}`
 */
export function toLmStudioModel(entry: JsonRecord): Model | undefined {
  const name = textAt(entry, "id");
  if (name === undefined) return toNativeModel(entry);
  return knownFields({
    name,
    type: textAt(entry, "type"),
    publisher: textAt(entry, "publisher"),
    family: textAt(entry, "arch"),
    format: textAt(entry, "compatibility_type"),
    quantization: textAt(entry, "quantization"),
    state: textAt(entry, "state"),
    maxContextLength: positiveAt(entry, "max_context_length"),
  });
}

/**
 * One entry of `GET /api/v1/models` (LM Studio 0.4 and later):
 *
 * `{"key":"acme/pine-7b","type":"llm","architecture":"llama","quantization":{"name":"Q4_K_M"},
 * "size_bytes":4400000000,"params_string":"7B","loaded_instances":[{"id":"acme/pine-7b"}],
 * "capabilities":{"vision":false,"trained_for_tool_use":true}}`
 */
function toNativeModel(entry: JsonRecord): Model | undefined {
  const name = textAt(entry, "key");
  if (name === undefined) return undefined;
  const capabilities = recordAt(entry, "capabilities");
  const { loaded_instances: instances } = entry;
  const isLoaded = Array.isArray(instances) && instances.length > 0;
  return knownFields({
    name,
    type: kindOf(textAt(entry, "type"), capabilities),
    publisher: textAt(entry, "publisher"),
    family: textAt(entry, "architecture"),
    format: textAt(entry, "format"),
    quantization: isRecord(entry["quantization"])
      ? textAt(entry["quantization"], "name")
      : textAt(entry, "quantization"),
    sizeBytes: positiveAt(entry, "size_bytes"),
    parameterSize: textAt(entry, "params_string"),
    state: isLoaded ? "loaded" : "not-loaded",
    maxContextLength: positiveAt(entry, "max_context_length"),
    capabilities: [
      ...(capabilities["vision"] === true ? ["vision"] : []),
      ...(capabilities["trained_for_tool_use"] === true ? ["tools"] : []),
    ],
  });
}

/** In the words of the older list, which tells models that see apart. */
function kindOf(type: string | undefined, capabilities: JsonRecord): string | undefined {
  if (type === "embedding") return "embeddings";
  return type === "llm" && capabilities["vision"] === true ? "vlm" : type;
}
