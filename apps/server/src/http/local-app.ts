import type { IncomingMessage } from "node:http";

import { toProxyError } from "@olla-ts/core";
import { Hono, type Context, type MiddlewareHandler } from "hono";
import { compress } from "hono/compress";

import { dialectOfPath, errorBody } from "../error-body.ts";
import { adminRoutes } from "../routes/admin.ts";
import { anthropicRoutes } from "../routes/anthropic.ts";
import { explainRoute } from "../routes/explain.ts";
import { healthRoutes } from "../routes/health.ts";
import { metricsRoute } from "../routes/metrics.ts";
import { modelRoutes } from "../routes/models.ts";
import { ollamaRoutes } from "../routes/ollama.ts";
import { processRoute } from "../routes/process.ts";
import { statsRoutes } from "../routes/stats.ts";
import { statusRoutes } from "../routes/status.ts";
import { versionRoute } from "../routes/version.ts";
import type { AccessPolicy } from "./access-policy.ts";
import type { Cors } from "./cors.ts";
import { type HealthLimitOptions, limitHealth } from "./health-limit.ts";
import type { LocalEnv } from "./local-env.ts";
import type { Services } from "./services.ts";

export interface LocalAppOptions {
  readonly services: Services;
  readonly requestId: (request: IncomingMessage) => string;
  /** Undefined when CORS is off. */
  readonly cors: Cors | undefined;
  /** Who may read the documents below `/internal/`; undefined: anybody. */
  readonly gate: AccessPolicy | undefined;
  readonly healthLimit: HealthLimitOptions;
}

/** Smaller documents are sent as they are. */
const PACKED_FROM_BYTES = 256;

/** The routes that the gateway answers by itself. */
export function createLocalApp({
  services,
  requestId,
  cors,
  gate,
  healthLimit,
}: LocalAppOptions): Hono<LocalEnv> {
  const app = new Hono<LocalEnv>();
  app.use(async (context, next) => {
    const id = requestId(context.env.incoming);
    context.set("requestId", id);
    await next();
    context.res.headers.set("X-Olla-Request-ID", id);
    // A gate that pages of other origins could look through would be none.
    if (gate !== undefined && context.req.path.startsWith(INTERNAL)) return;
    const fields = cors?.fieldsFor(context.env.incoming) ?? [];
    for (let index = 0; index + 1 < fields.length; index += 2) {
      context.res.headers.append(fields[index] ?? "", fields[index + 1] ?? "");
    }
  });
  if (gate !== undefined) app.use(`${INTERNAL}*`, guard(gate));
  const packed = compress({ threshold: PACKED_FROM_BYTES });
  app.use("/internal/status", packed);
  app.use("/internal/status/*", packed);

  app.use("/internal/health", limitHealth(healthLimit));
  healthRoutes(app, services);
  statusRoutes(app, services);
  statsRoutes(app, services);
  explainRoute(app, services);
  processRoute(app, services);
  metricsRoute(app, services);
  adminRoutes(app, services);
  versionRoute(app, services);
  anthropicRoutes(app, services);
  ollamaRoutes(app, services);
  modelRoutes(app, services);

  app.notFound((context) => notFound(context));
  app.onError((thrown, context) => {
    const error = toProxyError(thrown);
    const body = errorBody(dialectOfPath(context.req.path), error, context.get("requestId"));
    return Response.json(body, { status: error.status });
  });
  return app;
}

const INTERNAL = "/internal/";

/** What a supervisor asks, from wherever it runs. */
const LIVENESS = "/internal/health";

function guard(gate: AccessPolicy): MiddlewareHandler<LocalEnv> {
  return async (context, next) => {
    const refusal = context.req.path === LIVENESS ? undefined : gate(context.env.incoming);
    if (refusal === undefined) return next();
    return context.text(`${refusal}\n`, 403, { "X-Content-Type-Options": "nosniff" });
  };
}

function notFound(context: Context): Response {
  return context.text("404 page not found\n", 404, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
  });
}
