import { type Model, type ModelListFormat, ProxyError } from "@olla-ts/core";

import { type JsonRecord, recordsAt, textAt } from "../json-record.ts";
import { toLemonadeModel } from "./lemonade-entry.ts";
import { toLlamaCppModel } from "./llamacpp-entry.ts";
import { toLmStudioModel } from "./lm-studio-entry.ts";
import { toOllamaModel } from "./ollama-entry.ts";
import { toOpenAIModel } from "./openai-entry.ts";
import { readModelList } from "./read-model-list.ts";
import { toServedModel } from "./served-model.ts";

type ToModel = (entry: JsonRecord) => Model | undefined;

const readers: Readonly<Record<ModelListFormat, ToModel>> = {
  ollama: toOllamaModel,
  lmstudio: toLmStudioModel,
  openai: (entry) => toOpenAIModel(entry),
  vllm: (entry) => toOpenAIModel(entry, { ownName: "vllm" }),
  "vllm-mlx": (entry) => toOpenAIModel(entry, { ownName: "vllm-mlx", format: "mlx" }),
  sglang: (entry) => toOpenAIModel(entry, { ownName: "sglang" }),
  lmdeploy: (entry) => toOpenAIModel(entry, { ownName: "lmdeploy" }),
  llamacpp: toLlamaCppModel,
  lemonade: toLemonadeModel,
  "docker-model-runner": (entry) => toOpenAIModel(entry, { ownName: "docker", format: "gguf" }),
};

/**
 * Models of one backend, in its own order. Entries without a name are skipped;
 * an empty body and a missing list are no models.
 *
 * @param body text, bytes, or a value that is parsed already
 * @throws ProxyError `upstream_protocol` when the body is not a JSON object
 */
export function parseModelList(format: ModelListFormat, body: unknown): readonly Model[] {
  const list = readModelList(body);
  return list === undefined ? [] : toModels(format, list);
}

/** A model list of unknown format, and which format it turned out to be. */
export interface RecognisedModelList {
  readonly format: ModelListFormat;
  readonly models: readonly Model[];
}

/**
 * Recognises the format of a model list by its fields. An empty list of the
 * OpenAI shape counts as `openai`.
 *
 * @throws ProxyError `upstream_protocol` when the body is not a JSON object or holds no list
 */
export function parseModelListAuto(body: unknown): RecognisedModelList {
  const list = readModelList(body);
  const format = list === undefined ? undefined : recognise(list);
  if (list === undefined || format === undefined) {
    throw new ProxyError("upstream_protocol", "The backend's answer holds no list of models.");
  }
  return { format, models: toModels(format, list) };
}

function toModels(format: ModelListFormat, list: JsonRecord): readonly Model[] {
  const served = format === "openai" && !("data" in list) ? toServedModel(list) : undefined;
  if (served !== undefined) return [served];
  return entriesOf(format, list).flatMap((entry) => readers[format](entry) ?? []);
}

function entriesOf(format: ModelListFormat, list: JsonRecord): readonly JsonRecord[] {
  if (format === "ollama") return recordsAt(list, "models");
  // LM Studio's newer list is called `models`, its older one `data`.
  if (format === "lmstudio" && !("data" in list)) return recordsAt(list, "models");
  return recordsAt(list, "data");
}

/** Owners that servers write for every model they list. */
const formatsByOwner: ReadonlyMap<string, ModelListFormat> = new Map([
  ["vllm", "vllm"],
  ["vllm-mlx", "vllm-mlx"],
  ["sglang", "sglang"],
  ["lmdeploy", "lmdeploy"],
  ["llamacpp", "llamacpp"],
  ["docker", "docker-model-runner"],
]);

/** llama.cpp answers with both lists, so `data` comes first. */
function recognise(list: JsonRecord): ModelListFormat | undefined {
  if (Array.isArray(list["data"])) return recogniseData(recordsAt(list, "data"));
  if (Array.isArray(list["models"])) {
    const isNative = recordsAt(list, "models").some((entry) => textAt(entry, "key") !== undefined);
    return isNative ? "lmstudio" : "ollama";
  }
  return toServedModel(list) === undefined ? undefined : "openai";
}

function recogniseData(entries: readonly JsonRecord[]): ModelListFormat {
  if (entries.some((entry) => "compatibility_type" in entry)) return "lmstudio";
  if (entries.some((entry) => "recipe" in entry && "checkpoint" in entry)) return "lemonade";
  for (const entry of entries) {
    const format = formatsByOwner.get(textAt(entry, "owned_by") ?? "");
    if (format !== undefined) return format;
  }
  return "openai";
}
