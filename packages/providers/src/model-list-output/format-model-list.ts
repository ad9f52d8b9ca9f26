import type { ModelListFormat } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";

import { compare, ownerOf } from "./catalogue-views.ts";
import { toLmStudioItems, toOllamaItems } from "./native-lists.ts";
import {
  type ListItem,
  toBasicItem,
  toLemonadeItem,
  toLlamaCppItem,
  toLmDeployItem,
  toSglangItem,
  toVllmItem,
} from "./openai-family.ts";
import { toAnthropicList, toUnifiedItem } from "./unified-list.ts";

/** Shapes in which the catalogue can be written: those of backends, and two more. */
export type ModelListShape = ModelListFormat | "unified" | "anthropic";

type Writer = (models: readonly CatalogueModel[]) => ListItem;

const listOf =
  (toItem: (model: CatalogueModel) => ListItem): Writer =>
  (models) => ({ object: "list", data: models.map((model) => toItem(model)) });

const ownedBy = (server: string): Writer =>
  listOf((model) => toBasicItem(model, ownerOf(model, server)));

const writers: Readonly<Record<ModelListShape, Writer>> = {
  unified: listOf(toUnifiedItem),
  openai: listOf((model) => formatModelItem(model)),
  anthropic: toAnthropicList,
  ollama: (models) => ({ models: toOllamaItems(models) }),
  lmstudio: (models) => ({ object: "list", data: toLmStudioItems(models) }),
  vllm: listOf(toVllmItem),
  "vllm-mlx": ownedBy("vllm-mlx"),
  sglang: listOf(toSglangItem),
  lmdeploy: listOf((model) => toLmDeployItem(model)),
  llamacpp: (models) => ({ ...listOf(toLlamaCppItem)(models), models: null }),
  lemonade: listOf(toLemonadeItem),
  "docker-model-runner": ownedBy("docker"),
};

/** Every shape by name, sorted: for `format=` and for the answer to an unknown one. */
export const MODEL_LIST_SHAPES: readonly string[] = Object.keys(writers).toSorted();

/** Whether the text names a shape; case matters. */
export function isModelListShape(text: string): text is ModelListShape {
  return Object.hasOwn(writers, text);
}

/**
 * The body of a model list: pure, sorted by id, and the same on every call until the
 * catalogue changes. `ollama` and `lmstudio` hold only what such endpoints list; the
 * others hold every model, in that server's shape.
 *
 * @param models those to show, for example of healthy endpoints only
 */
export function formatModelList(
  shape: ModelListShape,
  models: readonly CatalogueModel[],
): Readonly<Record<string, unknown>> {
  return writers[shape](models.toSorted((a, b) => compare(a.id, b.id)));
}

/** One entry of the OpenAI list, which is also its document of its own. */
export function formatModelItem(model: CatalogueModel): ListItem {
  return toBasicItem(model, "olla");
}
