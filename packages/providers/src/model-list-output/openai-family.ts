import { fnv1a32 } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";

import { createdAt, ownerOf, sourceOfType } from "./catalogue-views.ts";

/** One model in the list of some server of the OpenAI family. */
export type ListItem = Readonly<Record<string, unknown>>;

/** `id`, `object`, `created` and `owned_by`, as every OpenAI client expects. */
export function toBasicItem(model: CatalogueModel, owner: string): ListItem {
  return { id: model.id, object: "model", created: createdAt(model), owned_by: owner };
}

/** As vLLM lists it; its clients read the context window from `max_model_len`. */
export function toVllmItem(model: CatalogueModel): ListItem {
  return { ...toLmDeployItem(model, "vllm"), ...maxModelLength(model) };
}

/** As LMDeploy lists it: vLLM's item without the context window. */
export function toLmDeployItem(model: CatalogueModel, server = "lmdeploy"): ListItem {
  return {
    ...toBasicItem(model, ownerOf(model, server)),
    ...lineage(model, server),
    permission: [toPermission(model)],
  };
}

/** As SGLang lists it. */
export function toSglangItem(model: CatalogueModel): ListItem {
  const seesImages = model.capabilities.includes("vision");
  return {
    ...toBasicItem(model, ownerOf(model, "sglang")),
    ...lineage(model, "sglang"),
    ...maxModelLength(model),
    ...(seesImages ? { supports_vision: true } : {}),
  };
}

/** As llama.cpp lists it; `meta` is left out when nothing of it is known. */
export function toLlamaCppItem(model: CatalogueModel): ListItem {
  const sized = model.sources.find(({ model: { sizeBytes } }) => sizeBytes !== undefined)?.model;
  const meta = {
    ...(model.maxContextLength === undefined ? {} : { n_ctx_train: model.maxContextLength }),
    ...(model.parameterCount > 0 ? { n_params: model.parameterCount } : {}),
    ...(sized?.sizeBytes === undefined ? {} : { size: sized.sizeBytes }),
  };
  return {
    ...toBasicItem(model, ownerOf(model, "llamacpp")),
    ...(Object.keys(meta).length > 0 ? { meta } : {}),
  };
}

/** As Lemonade lists it; models of other servers get a checkpoint and recipe that fit them. */
export function toLemonadeItem(model: CatalogueModel): ListItem {
  const native = sourceOfType(model, "lemonade")?.model.native ?? {};
  return {
    ...toBasicItem(model, ownerOf(model, "lemonade")),
    checkpoint: native["checkpoint"] ?? model.id,
    recipe: native["recipe"] ?? (model.format === "onnx" ? "oga-cpu" : "llamacpp"),
    downloaded: native["downloaded"] ?? true,
  };
}

function lineage(model: CatalogueModel, server: string): ListItem {
  const listed = sourceOfType(model, server)?.model;
  return {
    root: listed?.native?.["root"] ?? model.id,
    ...(listed?.parentModel === undefined ? {} : { parent: listed.parentModel }),
  };
}

function maxModelLength({ maxContextLength }: CatalogueModel): ListItem {
  return maxContextLength === undefined ? {} : { max_model_len: maxContextLength };
}

/** Says nothing, but clients of the old OpenAI API look for it. */
function toPermission(model: CatalogueModel): ListItem {
  return {
    id: `modelperm-olla-${(fnv1a32(model.id) >>> 0).toString(16).padStart(8, "0")}`,
    object: "model_permission",
    created: createdAt(model),
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: "*",
    group: null,
    is_blocking: false,
  };
}
