import type { ProviderScope, RoutingTable } from "@olla-ts/core";
import type { CatalogueModel } from "@olla-ts/core/ports";
import type { Hono, Context } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { readOnly, refuseMethod } from "./read-only.ts";
import { visibleModels } from "./visible-models.ts";

/** Paths below a provider's prefix that are model lists, and the shape each is answered in. */
const NATIVE_LISTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anthropic: { "/v1/models": "anthropic" },
  "lm-studio": { "/api/v0/models": "lmstudio", "/api/v1/models": "openai" },
  lemonade: { "/api/v1/models": "lemonade" },
  "docker-model-runner": { "/engines/v1/models": "docker-model-runner" },
};

/**
 * Shape of the model list that a path below a prefix is answered with, or
 * undefined when the path is forwarded.
 *
 * @param scope undefined for `/olla/proxy/`
 */
export function listFormat(scope: ProviderScope | undefined, path: string): string | undefined {
  const native = scope === undefined ? undefined : NATIVE_LISTS[scope.type]?.[path];
  return native ?? (path === "/v1/models" ? "openai" : undefined);
}

const DETAIL = "/v1/models/";

/**
 * Whether the gateway itself answers for one model at this path below a prefix. Its
 * name may hold slashes; paths that some kind of backend lists are forwarded.
 */
export function isModelDetail(
  method: string,
  path: string,
  { pathTypes }: Pick<RoutingTable, "pathTypes">,
): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && path.startsWith(DETAIL) && path.length > DETAIL.length && !pathTypes.has(path);
}

/** Lists of models: `/olla/models`, one model, and those below each prefix. */
export function modelRoutes(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/olla/models", (context) => unifiedList(context, services));
  readOnly(app, "/olla/models/:id{.*}", (context) => oneModel(context, services));
  app.all("/olla/:prefix/*", (context, next) => {
    const prefix = context.req.param("prefix");
    const scope = services.table().scopes.get(prefix);
    if (scope === undefined && prefix !== "proxy") return next();
    const path = context.req.path.slice(`/olla/${prefix}`.length);
    const format = listFormat(scope, path);
    if (format === undefined) {
      return isModelDetail(context.req.method, path, services.table())
        ? Promise.resolve(oneOfRoute(context, services, scope, path))
        : next();
    }
    if (context.req.method !== "GET" && context.req.method !== "HEAD")
      return Promise.resolve(refuseMethod(context));
    return Promise.resolve(
      context.json(services.modelList(format, modelsOfRoute(services, scope)) ?? {}),
    );
  });
}

function modelsOfRoute(
  services: Services,
  scope: ProviderScope | undefined,
): readonly CatalogueModel[] {
  return visibleModels(services).filter(({ sources }) =>
    sources.some(({ endpoint }) => scope === undefined || scope.types.has(endpoint.type)),
  );
}

/** `GET /v1/models/{id}` below a prefix, in the shape of the OpenAI API. */
function oneOfRoute(
  context: Context<LocalEnv>,
  services: Services,
  scope: ProviderScope | undefined,
  path: string,
): Response {
  const id = decodeId(path.slice(DETAIL.length));
  const found = findModel(modelsOfRoute(services, scope), id);
  return found === undefined ? unknownModel(context, id) : context.json(services.modelItem(found));
}

/** The name in a path; as it stands when its percent-encoding is none. */
function decodeId(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function findModel(models: readonly CatalogueModel[], id: string): CatalogueModel | undefined {
  const wanted = id.toLowerCase();
  return (
    models.find((model) => model.id === id) ??
    models.find((model) => model.aliases.some((alias) => alias.toLowerCase() === wanted))
  );
}

function unknownModel(context: Context, id: string): Response {
  const message = `No endpoint lists the model "${id}".`;
  return context.json(
    { error: { message, type: "invalid_request_error", param: null, code: "model_not_found" } },
    404,
  );
}

function unifiedList(context: Context<LocalEnv>, services: Services): Response {
  const query = context.req.query();
  const format = query["format"] ?? "unified";
  const available = query["available"];
  if (available !== undefined && available !== "true" && available !== "false") {
    return badQuery(context, `available is "${available}"; allowed: true, false.`);
  }
  const all =
    query["include_unavailable"] === "true"
      ? services.registry.catalogue()
      : visibleModels(services);
  const list = services.modelList(
    format,
    all.filter((model) => matches(model, query)),
  );
  if (list !== undefined) return context.json(list);
  return badQuery(
    context,
    `format is "${format}"; allowed: ${services.modelListFormats.join(", ")}.`,
  );
}

/** Words that a capability filter may use, and what a model carries for them. */
const KINDS: Readonly<Record<string, string>> = {
  llm: "text-generation",
  chat: "text-generation",
  completion: "text-generation",
  text_generation: "text-generation",
  vlm: "vision",
  vision: "vision",
  multimodal: "vision",
  embedding: "embeddings",
  embeddings: "embeddings",
  vector_search: "embeddings",
};

function matches(
  model: CatalogueModel,
  query: Readonly<Record<string, string | undefined>>,
): boolean {
  const { endpoint, family, type, capability, available } = query;
  if (
    endpoint !== undefined &&
    !model.sources.some(
      (source) => source.endpoint.name === endpoint || source.endpoint.url === endpoint,
    )
  )
    return false;
  if (family !== undefined && model.family !== family) return false;
  for (const wanted of [type, capability]) {
    if (wanted !== undefined && !model.capabilities.includes(KINDS[wanted] ?? wanted)) return false;
  }
  if (available === undefined) return true;
  const ready = model.sources.some(({ state }) => state === "loaded" || state === "available");
  return ready === (available === "true");
}

function badQuery(context: Context<LocalEnv>, message: string): Response {
  return context.json(
    { error: { message, type: "invalid_request_error", param: null, code: "invalid_request" } },
    400,
  );
}

function oneModel(context: Context<LocalEnv>, services: Services): Response {
  const id = context.req.param("id") ?? "";
  if (id === "") return badQuery(context, "Name a model: /olla/models/{id}.");
  const found = findModel(services.registry.catalogue(), id);
  return found === undefined
    ? unknownModel(context, id)
    : context.json(services.modelDetail(found));
}
