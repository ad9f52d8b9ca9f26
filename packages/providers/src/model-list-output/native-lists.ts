import type { CatalogueModel } from "@olla-ts/core/ports";

import { listedBy, type ListedModel, toTimestamp } from "./catalogue-views.ts";
import type { ListItem } from "./openai-family.ts";

/** Ollama's `GET /api/tags`: the names that Ollama endpoints list, as they list them. */
export function toOllamaItems(models: readonly CatalogueModel[]): readonly ListItem[] {
  return listedBy("ollama", models).map(toOllamaItem);
}

function toOllamaItem({ source, model }: ListedModel): ListItem {
  const { model: listed } = source;
  return {
    name: listed.name,
    model: listed.name,
    modified_at: listed.modifiedAt ?? toTimestamp(model.firstSeenAt),
    size: listed.sizeBytes ?? 0,
    digest: listed.digest ?? "",
    details: {
      parent_model: listed.parentModel ?? "",
      format: listed.format ?? model.format,
      family: listed.family ?? model.family,
      families: listed.families ?? (model.family === "" ? [] : [model.family]),
      parameter_size: listed.parameterSize ?? model.parameterSize.toUpperCase(),
      quantization_level: listed.quantization ?? "",
    },
    ...(listed.capabilities === undefined ? {} : { capabilities: listed.capabilities }),
  };
}

/** LM Studio's `GET /api/v0/models`: the names that LM Studio endpoints list. */
export function toLmStudioItems(models: readonly CatalogueModel[]): readonly ListItem[] {
  return listedBy("lm-studio", models).map(toLmStudioItem);
}

function toLmStudioItem({ source, model }: ListedModel): ListItem {
  const { model: listed } = source;
  const maxContextLength = listed.maxContextLength ?? model.maxContextLength;
  return {
    id: listed.name,
    object: "model",
    type: listed.type ?? "llm",
    ...(listed.publisher === undefined ? {} : { publisher: listed.publisher }),
    ...(listed.family === undefined ? {} : { arch: listed.family }),
    ...(listed.format === undefined ? {} : { compatibility_type: listed.format }),
    ...(listed.quantization === undefined ? {} : { quantization: listed.quantization }),
    state: listed.state ?? "not-loaded",
    ...(maxContextLength === undefined ? {} : { max_context_length: maxContextLength }),
  };
}
