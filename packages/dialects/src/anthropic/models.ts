import { ProxyError } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";

import type { JsonObject } from "../conversation.ts";
import { invalidField } from "../json/fields.ts";

/** What the list tells of a model. */
export type ListedModel = Pick<CatalogueModel, "id" | "firstSeenAt">;

/** Largest page that may be asked for; without `limit` there is one page with everything. */
const MAX_LIMIT = 1_000;

/**
 * Answers `GET /v1/models` with `limit` (1 to 1000), `after_id` and `before_id`.
 *
 * @param models in the order of the list, the same for every page
 * @param query of the request's URL
 * @throws ProxyError `invalid_request` for a limit or a cursor that does not exist
 */
export function listModels(models: readonly ListedModel[], query: URLSearchParams): JsonObject {
  const limit = parseLimit(query.get("limit"));
  const after = findCursor(models, query, "after_id");
  const before = findCursor(models, query, "before_id");
  if (after !== undefined && before !== undefined) {
    throw invalidField("before_id", "must not be combined with after_id");
  }
  const [start, end] = pageBounds({ count: models.length, limit, after, before });
  const page = models.slice(start, end);
  return {
    data: page.map(toModel),
    has_more: before === undefined ? end < models.length : start > 0,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

/**
 * Answers `GET /v1/models/{id}`.
 *
 * @throws ProxyError `model_not_found`
 */
export function retrieveModel(models: readonly ListedModel[], id: string): JsonObject {
  const model = models.find((one) => one.id === id);
  if (model === undefined) throw new ProxyError("model_not_found", `model: ${id} is not known`);
  return toModel(model);
}

interface PageRequest {
  readonly count: number;
  readonly limit: number;
  /** Positions of the cursors. */
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/** First position of the page, and the one behind its last. */
function pageBounds({ count, limit, after, before }: PageRequest): [start: number, end: number] {
  if (before !== undefined) return [Math.max(0, before - limit), before];
  const start = after === undefined ? 0 : after + 1;
  return [start, Math.min(count, start + limit)];
}

function parseLimit(text: string | null): number {
  if (text === null || text === "") return Infinity;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalidField("limit", `must be an integer from 1 to ${MAX_LIMIT}`);
}

function findCursor(
  models: readonly ListedModel[],
  query: URLSearchParams,
  name: "after_id" | "before_id",
): number | undefined {
  const id = query.get(name);
  if (id === null || id === "") return undefined;
  const position = models.findIndex((model) => model.id === id);
  if (position === -1) throw invalidField(name, "must be the id of a model in the list");
  return position;
}

function toModel({ id, firstSeenAt }: ListedModel): JsonObject {
  const createdAt = new Date(firstSeenAt).toISOString();
  return { type: "model", id, display_name: id, created_at: createdAt };
}
