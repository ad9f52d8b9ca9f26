import type { CatalogueModel } from "@olla-ts/core/ports";

import { compare, toTimestamp } from "./catalogue-views.ts";
import { type ListItem, toBasicItem } from "./openai-family.ts";

/** The gateway's own item: OpenAI's fields, and under `olla` all that is known. */
export function toUnifiedItem(model: CatalogueModel): ListItem {
  return {
    ...toBasicItem(model, "olla"),
    olla: {
      family: model.family,
      variant: model.variant,
      parameter_size: model.parameterSize,
      quantization: model.quantization,
      aliases: model.aliases.toSorted(compare),
      availability: model.sources.map(({ endpoint, state }) => ({
        endpoint: endpoint.name,
        state,
      })),
      capabilities: model.capabilities,
      ...(model.maxContextLength === undefined
        ? {}
        : { max_context_length: model.maxContextLength }),
    },
  };
}

/** The list of the Anthropic API, whole: there is never a second page. */
export function toAnthropicList(models: readonly CatalogueModel[]): ListItem {
  return {
    data: models.map((model) => ({
      type: "model",
      id: model.id,
      display_name: model.id,
      created_at: toTimestamp(model.firstSeenAt),
    })),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
