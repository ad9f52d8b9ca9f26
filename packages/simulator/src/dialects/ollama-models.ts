import type { Exchange } from "../exchange.ts";
import { parseJsonObject, toText } from "../json-value.ts";
import type { Model } from "../model.ts";
import { requireModel } from "./model-request.ts";
import { CREATED_SECONDS } from "./openai-models.ts";

const MODIFIED_AT = new Date(CREATED_SECONDS * 1000).toISOString();
const KEEP_ALIVE_MS = 5 * 60 * 1000;

/** Answers `GET /api/tags`. */
export async function listTags(exchange: Exchange): Promise<void> {
  await exchange.sendJson({
    models: exchange.backend.models().map((model) => ({
      ...toIdentity(model),
      modified_at: MODIFIED_AT,
      capabilities: toCapabilities(model),
    })),
  });
}

/** Answers `GET /api/ps`; every model counts as loaded. */
export async function listRunning(exchange: Exchange): Promise<void> {
  const expiresAt = new Date(exchange.backend.now() + KEEP_ALIVE_MS).toISOString();
  await exchange.sendJson({
    models: exchange.backend.models().map((model) => ({
      ...toIdentity(model),
      expires_at: expiresAt,
      size_vram: model.sizeBytes,
      context_length: model.contextLength,
    })),
  });
}

/** Answers `POST /api/show`. */
export async function showDetails(exchange: Exchange): Promise<void> {
  const body = parseJsonObject(exchange.record.body) ?? {};
  const model = await requireModel(exchange, toText(body["model"]) || toText(body["name"]));
  if (!model) return;
  await exchange.sendJson({
    modelfile: `FROM ${model.id}`,
    parameters: "",
    template: "{{ .Prompt }}",
    details: toDetails(model),
    model_info: {
      "general.architecture": model.family,
      [`${model.family}.context_length`]: model.contextLength,
      [`${model.family}.embedding_length`]: model.embeddingDimensions,
    },
    capabilities: toCapabilities(model),
    modified_at: MODIFIED_AT,
  });
}

function toIdentity(model: Model): object {
  const { id, sizeBytes, digest } = model;
  return { name: id, model: id, size: sizeBytes, digest, details: toDetails(model) };
}

function toDetails({ family, parameterSize, quantization, contextLength }: Model): object {
  return {
    parent_model: "",
    format: "gguf",
    family,
    families: [family],
    parameter_size: parameterSize,
    quantization_level: quantization,
    context_length: contextLength,
  };
}

function toCapabilities({ isEmbedding, toolCall, reasoning }: Model): readonly string[] {
  if (isEmbedding) return ["embedding"];
  return ["completion", ...(toolCall ? ["tools"] : []), ...(reasoning.length ? ["thinking"] : [])];
}
