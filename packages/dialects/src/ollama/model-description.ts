import { createHash } from "node:crypto";

import type { Model } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";

import type { JsonObject } from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";

/** Word of the catalogue → Ollama's word for the same. */
const CAPABILITIES: Readonly<Record<string, string>> = {
  completion: "completion",
  chat: "completion",
  "text-generation": "completion",
  embeddings: "embedding",
  vision: "vision",
  tools: "tools",
  reasoning: "thinking",
};

/** Models of these kinds are listed only when a backend says that they chat or embed, too. */
const OTHER_KINDS = ["rerank", "reranking", "transcription", "speech", "tts", "image", "audio"];

/** Whether Ollama's clients can use the model: it chats, completes or embeds. */
export function isForOllama({ capabilities }: CatalogueModel): boolean {
  if (["chat", "completion", "embeddings"].some((one) => capabilities.includes(one))) return true;
  return !OTHER_KINDS.some((kind) => capabilities.includes(kind));
}

/** What the model can do, in Ollama's words. */
export function toCapabilities(model: CatalogueModel): readonly string[] {
  const words = model.capabilities.flatMap((word) => CAPABILITIES[word] ?? []);
  // The catalogue's word for it is also guessed from names, so only a backend's own counts.
  if (model.sources.some((source) => source.model.capabilities?.includes("insert") === true)) {
    words.push("insert");
  }
  return [...new Set(words)];
}

/** The first value that any source reports. */
export function reported<Field extends keyof Model>(
  { sources }: CatalogueModel,
  field: Field,
): Model[Field] | undefined {
  return sources.map((source) => source.model[field]).find((value) => value !== undefined);
}

/** `details` of every list and of `/api/show`; what is unknown is empty. */
export function toDetails(model: CatalogueModel): JsonObject {
  const family = reported(model, "family") ?? model.family;
  return withoutUndefined({
    parent_model: reported(model, "parentModel") ?? "",
    format: reported(model, "format") ?? model.format,
    family,
    families: reported(model, "families") ?? (family === "" ? [] : [family]),
    parameter_size: reported(model, "parameterSize") ?? model.parameterSize.toUpperCase(),
    quantization_level: reported(model, "quantization") ?? "",
    context_length: model.maxContextLength,
  });
}

/** What identifies the model in Ollama's lists. */
export function toListing(model: CatalogueModel): JsonObject {
  return {
    name: model.id,
    model: model.id,
    size: reported(model, "sizeBytes") ?? 0,
    digest: reported(model, "digest") ?? digestOf(model.id),
    details: toDetails(model),
  };
}

/** RFC 3339. */
export function toModifiedAt(model: CatalogueModel): string {
  return reported(model, "modifiedAt") ?? new Date(model.firstSeenAt).toISOString();
}

/** Clients compare digests to see whether a model changed: the same name always gives the same one. */
function digestOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}
