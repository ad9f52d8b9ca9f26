import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { ANTHROPIC } from "../pipeline/anthropic-request.ts";
import { readOnly } from "./read-only.ts";
import { visibleModels } from "./visible-models.ts";

/** Model lists of the Anthropic API; messages themselves go through the pipeline. */
export function anthropicRoutes(app: Hono<LocalEnv>, services: Services): void {
  const base = `/olla/${ANTHROPIC}`;
  app.use(`${base}/*`, async (context, next) => {
    if (!services.table().scopes.has(ANTHROPIC)) return context.notFound();
    await next();
    // Where the client libraries read it, on answers of every kind.
    context.res.headers.set("request-id", context.get("requestId"));
    return undefined;
  });
  readOnly(app, `${base}/v1/models`, (context) => {
    const query = new URL(context.req.url).searchParams;
    return context.json(services.anthropicModels.list(visibleModels(services), query));
  });
  readOnly(app, `${base}/v1/models/:id{.+}`, (context) => {
    const id = context.req.param("id") ?? "";
    return context.json(services.anthropicModels.retrieve(visibleModels(services), id));
  });
}
