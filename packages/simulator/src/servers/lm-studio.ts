import { listModels, type ModelEntry, showModel } from "../dialects/openai-models.ts";
import type { ErrorShape, Refusal } from "../refusal.ts";
import { get, type Route } from "../router.ts";

const BASE = "/api/v0/models";

/** LM Studio's own list. */
export function lmStudioRoutes(): readonly Route[] {
  return [
    get(BASE, (exchange) => listModels(exchange, toEntry)),
    get(`${BASE}/*`, (exchange) => showModel(exchange, `${BASE}/`, toEntry)),
  ];
}

/** `{"error":"Unexpected endpoint or method. (GET /nowhere)"}` */
export function toLmStudioError({ message }: Refusal): ReturnType<ErrorShape> {
  return { error: message };
}

const toEntry: ModelEntry = (model) => ({
  id: model.id,
  object: "model",
  type: model.isEmbedding ? "embeddings" : "llm",
  publisher: "simulated",
  arch: model.family,
  compatibility_type: "gguf",
  quantization: model.quantization,
  state: "loaded",
  max_context_length: model.contextLength,
  loaded_context_length: model.contextLength,
});
