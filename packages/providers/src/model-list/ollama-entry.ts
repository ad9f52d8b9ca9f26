import type { Model } from "@olla-ts/core";

import { type JsonRecord, positiveAt, recordAt, textAt, textsAt } from "../json-record.ts";
import { knownFields } from "./known-fields.ts";

/**
 * One entry of Ollama's `GET /api/tags`, or undefined when it has no name:
 *
 * `{"name":"pine:7b","size":4400000000,"digest":"9f…","details":{"family":"llama",
 * "parameter_size":"7.2B","quantization_level":"Q4_K_M"},"capabilities":["completion"]}`
 */
export function toOllamaModel(entry: JsonRecord): Model | undefined {
  const name = textAt(entry, "name");
  if (name === undefined) return undefined;
  const details = recordAt(entry, "details");
  const capabilities = textsAt(entry, "capabilities");
  return knownFields({
    name,
    sizeBytes: positiveAt(entry, "size"),
    digest: textAt(entry, "digest"),
    modifiedAt: textAt(entry, "modified_at"),
    description: textAt(entry, "description"),
    family: textAt(details, "family"),
    families: textsAt(details, "families"),
    parentModel: textAt(details, "parent_model"),
    parameterSize: textAt(details, "parameter_size"),
    quantization: textAt(details, "quantization_level"),
    format: textAt(details, "format"),
    maxContextLength: positiveAt(details, "context_length"),
    capabilities,
    type: kindOf(capabilities),
  });
}

/** Ollama has no field for it, but its capabilities tell. */
function kindOf(capabilities: readonly string[]): string | undefined {
  if (capabilities.includes("embedding")) return "embeddings";
  if (capabilities.includes("vision")) return "vlm";
  return capabilities.includes("completion") ? "llm" : undefined;
}
