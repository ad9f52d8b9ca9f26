import { ProxyError } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import {
  isForOllama,
  reported,
  toCapabilities,
  toDetails,
  toListing,
  toModifiedAt,
} from "./model-description.ts";

/** Version of Ollama whose API is spoken: clients switch features on by it. */
export const OLLAMA_VERSION: string = "0.14.0";

/** Body of `GET /`, by which clients know an Ollama server. */
export const OLLAMA_ROOT_TEXT: string = "Ollama is running";

/** When a loaded model leaves memory is not known; clients show this as for ever. */
const NO_EXPIRY = "2200-01-01T00:00:00Z";

/** Tag that a name without one stands for. */
const DEFAULT_TAG = ":latest";

/** State of a source whose model is in memory. */
const LOADED = "loaded";

/** `GET /api/version` */
export function writeOllamaVersion(): JsonObject {
  return { version: OLLAMA_VERSION };
}

/** `GET /api/tags`: every model of the catalogue that chats or embeds, in its order. */
export function writeOllamaTags(catalogue: readonly CatalogueModel[]): JsonObject {
  const models = catalogue.filter(isForOllama).map((model) => ({
    ...toListing(model),
    modified_at: toModifiedAt(model),
    capabilities: toCapabilities(model),
  }));
  return { models };
}

/** `GET /api/ps`: the models that some endpoint reports as loaded. */
export function writeOllamaPs(catalogue: readonly CatalogueModel[]): JsonObject {
  const models = catalogue
    .filter((model) => isForOllama(model) && isLoaded(model))
    .map((model) =>
      withoutUndefined({
        ...toListing(model),
        expires_at: NO_EXPIRY,
        size_vram: 0,
        context_length: model.maxContextLength,
      }),
    );
  return { models };
}

/**
 * `POST /api/show`: `{"model":"pine:7b"}`; older clients say `name`.
 *
 * @throws ProxyError `invalid_request` without a name, `model_not_found` for an unknown one
 */
export function writeOllamaShow(catalogue: readonly CatalogueModel[], body: JsonValue): JsonObject {
  const fields = Fields.ofBody(body);
  const name = fields.has("model") ? fields.requiredName("model") : fields.requiredName("name");
  const model = findModel(catalogue, name);
  if (model === undefined) throw new ProxyError("model_not_found", `model '${name}' not found`);
  return {
    modelfile: "",
    parameters: "",
    template: "",
    details: toDetails(model),
    model_info: toModelInfo(model),
    capabilities: toCapabilities(model),
    modified_at: toModifiedAt(model),
  };
}

function isLoaded({ sources }: CatalogueModel): boolean {
  return sources.some(({ state }) => state === LOADED);
}

/** By any of its names, ignoring case; a name without a tag also stands for `:latest`. */
function findModel(catalogue: readonly CatalogueModel[], name: string): CatalogueModel | undefined {
  const wanted = name.toLowerCase();
  const others = wanted.endsWith(DEFAULT_TAG)
    ? wanted.slice(0, -DEFAULT_TAG.length)
    : wanted + DEFAULT_TAG;
  return findNamed(catalogue, wanted) ?? findNamed(catalogue, others);
}

function findNamed(
  catalogue: readonly CatalogueModel[],
  wanted: string,
): CatalogueModel | undefined {
  return catalogue.find(({ id, aliases }) =>
    [id, ...aliases].some((alias) => alias.toLowerCase() === wanted),
  );
}

/** Clients look for the context length under the name of the architecture. */
function toModelInfo(model: CatalogueModel): JsonObject {
  const stated = reported(model, "family") ?? model.family;
  const architecture = stated === "" ? "unknown" : stated;
  return withoutUndefined({
    "general.architecture": architecture,
    "general.basename": model.id,
    "general.parameter_count": model.parameterCount > 0 ? model.parameterCount : undefined,
    [`${architecture}.context_length`]: model.maxContextLength,
  });
}
