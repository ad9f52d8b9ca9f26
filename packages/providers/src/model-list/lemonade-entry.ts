import type { Model } from "@olla-ts/core";

import { type JsonRecord, positiveAt, textAt, textsAt } from "../json-record.ts";
import { knownFields } from "./known-fields.ts";
import { openAIFields } from "./openai-entry.ts";

const BYTES_PER_GB = 1e9;

/**
 * One entry of Lemonade's `GET /api/v1/models`; `size` is in GB:
 *
 * `{"id":"Pine-7B-GGUF","checkpoint":"acme/pine-7b-gguf:Q4_K_M","recipe":"llamacpp",
 * "downloaded":true,"size":4.4,"labels":["tool-calling"],"max_context_window":32768}`
 */
export function toLemonadeModel(entry: JsonRecord): Model | undefined {
  const fields = openAIFields(entry, { ownName: "lemonade" });
  if (fields === undefined) return undefined;
  const checkpoint = textAt(entry, "checkpoint");
  const recipe = textAt(entry, "recipe");
  const labels = textsAt(entry, "labels");
  const size = positiveAt(entry, "size");
  const downloaded = entry["downloaded"];
  return knownFields({
    ...fields,
    publisher: publisherOf(checkpoint) ?? fields.publisher,
    format: formatOf(recipe),
    state: downloaded === true ? "available" : undefined,
    sizeBytes: size === undefined ? undefined : Math.round(size * BYTES_PER_GB),
    capabilities: labels,
    type: kindOf(labels),
    maxContextLength:
      positiveAt(entry, "max_context_window") ?? positiveAt(entry, "context_length"),
    native: {
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(recipe === undefined ? {} : { recipe }),
      ...(typeof downloaded === "boolean" ? { downloaded } : {}),
    },
  });
}

function publisherOf(checkpoint: string | undefined): string | undefined {
  const slash = checkpoint?.indexOf("/") ?? -1;
  return slash > 0 ? checkpoint?.slice(0, slash) : undefined;
}

function formatOf(recipe: string | undefined): string | undefined {
  if (recipe === undefined) return undefined;
  if (recipe.startsWith("oga-")) return "onnx";
  return recipe === "llamacpp" || recipe === "flm" ? "gguf" : undefined;
}

function kindOf(labels: readonly string[]): string | undefined {
  if (labels.includes("embeddings")) return "embeddings";
  return labels.includes("vision") ? "vlm" : undefined;
}
